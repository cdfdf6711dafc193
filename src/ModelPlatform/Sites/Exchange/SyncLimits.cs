namespace ModelPlatform.Sites.Exchange;

/// <summary>Bounds of everything between sites.</summary>
internal static class SyncLimits
{
    /// <summary>States in one page.</summary>
    public const int MostStates = 4000;

    /// <summary>Bytes of states in one page.</summary>
    public const int MostPageBytes = 2 * 1024 * 1024;

    /// <summary>Bytes of any body that is read.</summary>
    public const int MostBodyBytes = 4 * 1024 * 1024;

    /// <summary>Bytes of one value.</summary>
    public const int MostValueBytes = 256 * 1024;

    /// <summary>So many new states are sent at once; of more the site is only told.</summary>
    public const int MostPushed = 200;
}
