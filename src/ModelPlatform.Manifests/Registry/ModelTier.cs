using System.Collections.Immutable;

namespace ModelPlatform.Registry;

/// <summary>A class of models by size.</summary>
/// <param name="Name">micro, small, large or xlarge.</param>
/// <param name="MaxSize">The largest model of the tier in bytes; null: no limit.</param>
/// <param name="MinMemory">Bytes of memory a machine needs for it; for xlarge the least any model of it needs.</param>
/// <param name="Description">What the tier is for.</param>
/// <param name="Priority">Higher is more capable.</param>
public sealed record ModelTier(string Name, long? MaxSize, long MinMemory, string Description, int Priority)
{
    private const long MiB = 1024 * 1024;

    /// <summary>The tiers, smallest first.</summary>
    public static ImmutableArray<ModelTier> All { get; } =
    [
        new("micro", 100 * MiB, 256 * MiB, "Embeddings and small tasks", 1),
        new("small", 500 * MiB, 1024 * MiB, "Balanced capability", 2),
        new("large", 1500 * MiB, 4096 * MiB, "Full capability", 3),
        new("xlarge", null, 2250 * MiB, "Beyond edge devices", 4),
    ];

    /// <summary>The tier of a model by the bytes of all its artifacts.</summary>
    public static ModelTier Of(long size) => All.First(tier => tier.MaxSize is null || size <= tier.MaxSize);

    /// <summary>The tier by name; null where there is none.</summary>
    public static ModelTier? Find(string? name) => All.FirstOrDefault(tier => tier.Name == name);

    /// <summary>Bytes of memory a model of a size needs: its tier's, and one and a half times the size above the largest.</summary>
    public static long MemoryRequirement(long size) => Of(size) is { MaxSize: not null } tier ? tier.MinMemory : checked(size + ((size + 1) / 2));
}
