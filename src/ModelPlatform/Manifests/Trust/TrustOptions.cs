namespace ModelPlatform.Manifests.Trust;

/// <summary>The configuration section <c>Trust</c>.</summary>
public sealed class TrustOptions
{
    /// <summary>Whether manifests without enough valid signatures are refused: when fetched from a peer, and when loaded. Default: no, they are reported.</summary>
    public bool Require { get; set; }

    /// <summary>Where the keys and the trust root lie. Default: <c>keys</c> in the data directory. Replicas without a common disk need one they share.</summary>
    public string? KeyDirectory { get; set; }
}
