namespace Aspire.StackExchange.Redis;

/// <summary>Settings of the Redis client: the section <c>Aspire:StackExchange:Redis</c>, and below it a section with the connection's name.</summary>
public sealed class StackExchangeRedisSettings
{
    /// <summary>As StackExchange.Redis writes it. <c>ConnectionStrings:{name}</c> wins over it.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>Leaves the health check out.</summary>
    public bool DisableHealthChecks { get; set; }

    /// <summary>Leaves the trace of commands out.</summary>
    public bool DisableTracing { get; set; }

    /// <summary>Connects on first use and not already at the start. Default true.</summary>
    public bool DisableAutoActivation { get; set; } = true;
}
