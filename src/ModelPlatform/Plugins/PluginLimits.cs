namespace ModelPlatform.Plugins;

/// <summary>How long a call into a plugin may take before it counts as hanging. The wait inside a body belongs to the reader.</summary>
internal sealed record PluginLimits
{
    public TimeSpan Load { get; init; } = TimeSpan.FromSeconds(10);

    public TimeSpan Operation { get; init; } = TimeSpan.FromSeconds(300);

    public TimeSpan Health { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Health on loading: short, because the swap waits for it.</summary>
    public TimeSpan FirstHealth { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a cancelled call may take to notice.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(10);
}
