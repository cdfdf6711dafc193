using ModelPlatform.Sources;
using ModelPlatform.Sources.Runtimes;

namespace ModelPlatform.Runtimes;

/// <summary>The runtimes that can load models now.</summary>
public interface IRuntimeCatalog
{
    /// <summary>All of them, those of this process first.</summary>
    IReadOnlyList<RuntimeOffer> Offers { get; }

    /// <summary>Takes a runtime for as long as a model is loaded: its plugin stays loaded, even if a new version has taken its place.</summary>
    /// <param name="framework">What it must be able to load.</param>
    /// <param name="name">Which one; null for the first that can.</param>
    /// <returns>UnsupportedFramework where none can.</returns>
    Result<RuntimeLease> Acquire(string framework, string? name);
}

/// <summary>A runtime in use.</summary>
public sealed class RuntimeLease(string name, IModelRuntime runtime, Action release) : IDisposable
{
    private Action? release = release;

    /// <summary>Its name.</summary>
    public string Name { get; } = name;

    /// <summary>The runtime itself.</summary>
    public IModelRuntime Runtime { get; } = runtime;

    /// <inheritdoc/>
    public void Dispose() => Interlocked.Exchange(ref release, null)?.Invoke();
}

/// <summary>A runtime that comes with the process.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Runtime">The runtime.</param>
public sealed record BuiltInRuntime(string Name, IModelRuntime Runtime);
