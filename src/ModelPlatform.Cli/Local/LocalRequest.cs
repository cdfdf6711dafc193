namespace ModelPlatform.Cli.Local;

/// <summary>What to bring into a directory without a platform.</summary>
internal sealed record LocalRequest(string Source, string Reference, string Name, string Version, string Directory)
{
    public string? Variant { get; init; }

    public string? Framework { get; init; }

    public string? Revision { get; init; }

    public string? Sha256 { get; init; }

    public IReadOnlyList<KeyValuePair<string, string>> Fallbacks { get; init; } = [];

    public bool IsDryRun { get; init; }
}
