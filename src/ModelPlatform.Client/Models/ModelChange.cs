namespace ModelPlatform.Client.Models;

/// <summary>What to change about a model; null leaves it.</summary>
public sealed record ModelChange
{
    /// <summary>development, staging or production.</summary>
    public string? Stage { get; init; }

    /// <summary>All labels, replacing those before.</summary>
    public IReadOnlyList<string>? Tags { get; init; }
}

/// <summary>The answer to an upload.</summary>
/// <param name="Success">It is stored and published.</param>
/// <param name="Id">As what.</param>
/// <param name="Size">Bytes.</param>
public sealed record ModelUpload(bool Success, string Id, long Size);

internal sealed record AliasTarget(string Version);
