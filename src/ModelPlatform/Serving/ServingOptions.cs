namespace ModelPlatform.Serving;

/// <summary>Section <c>Serving</c>.</summary>
public sealed class ServingOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Serving";

    /// <summary>Bytes of proven chunks kept in memory for all readers together, where the store is not one of plain files.</summary>
    public long CacheBytes { get; set; } = 40 * 1024 * 1024;
}
