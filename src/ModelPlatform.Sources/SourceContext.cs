namespace ModelPlatform.Sources;

/// <summary>What the host gives to a plugin.</summary>
public abstract class SourceContext
{
    /// <summary>The plugin's settings: the configuration section <c>Sources:{Id}</c>, flattened, keys without regard to case, for example <c>Endpoint</c> or <c>Gateways:0</c>.</summary>
    public abstract IReadOnlyDictionary<string, string> Settings { get; }

    /// <summary>An environment variable or top-level setting that clients of the source know already, such as <c>HF_TOKEN</c>; null where it is not set.</summary>
    public abstract string? GetEnvironment(string name);

    /// <summary>HTTP under the platform's rules for outgoing requests. A plugin makes no other connections.</summary>
    public abstract SourceHttp Http { get; }

    /// <summary>Asks for memory to hold bytes of bodies that nobody has read yet. All plugins of a process share a part of <c>Fetch:MemoryBudget</c>. Since contract 1.1.</summary>
    /// <returns>Whether it may be used now, until <see cref="ReleaseMemory"/>; otherwise go on without reading ahead.</returns>
    public virtual bool TryReserveMemory(long bytes) => true;

    /// <summary>Gives back what <see cref="TryReserveMemory"/> allowed.</summary>
    public virtual void ReleaseMemory(long bytes)
    {
    }

    /// <summary>The clock.</summary>
    public abstract TimeProvider Time { get; }

    /// <summary>Writes to the host's log, under the plugin's name. Never pass a credential.</summary>
    public abstract void Log(SourceLogLevel level, string message, Exception? exception = null);
}
