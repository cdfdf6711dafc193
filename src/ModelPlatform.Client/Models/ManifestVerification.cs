using System.Text.Json;

namespace ModelPlatform.Client.Models;

/// <summary>What the platform found when it checked a manifest.</summary>
public sealed record ManifestVerification
{
    /// <summary>Hashes and signatures hold.</summary>
    public bool Valid { get; init; }

    /// <summary>What does not hold.</summary>
    public IReadOnlyList<string> Errors { get; init; } = [];

    /// <summary>What is odd, yet no reason to refuse.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Who signed, and whether that is trusted.</summary>
    public JsonElement? Trust { get; init; }

    /// <summary>Where the model came from.</summary>
    public JsonElement? Provenance { get; init; }
}
