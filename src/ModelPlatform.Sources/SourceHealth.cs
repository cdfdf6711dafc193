namespace ModelPlatform.Sources;

/// <summary>Whether a source can be used now.</summary>
/// <param name="IsHealthy">It can.</param>
/// <param name="Reason">Why not, or what it is connected to.</param>
public readonly record struct SourceHealth(bool IsHealthy, string? Reason = null);
