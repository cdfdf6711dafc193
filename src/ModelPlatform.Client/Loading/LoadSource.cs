namespace ModelPlatform.Client.Loading;

/// <summary>A kind of place that bytes come from. The manifest's fallback URLs always come after all of them.</summary>
public enum LoadSource
{
    /// <summary>Files of earlier loads on this machine.</summary>
    Cache,

    /// <summary>The URL in <c>distribution.gcs</c>, and the registry itself.</summary>
    Gcs,

    /// <summary>The CID in <c>distribution.ipfs</c>, through a gateway.</summary>
    Ipfs,

    /// <summary>Other ModelPlatform sites, chunk by chunk.</summary>
    P2p,
}
