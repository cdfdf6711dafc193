using System.Globalization;

namespace ModelPlatform.Sites;

/// <summary>What is brought here once a document says that it is somewhere.</summary>
/// <param name="Kind">What kind of rule.</param>
/// <param name="Tag">For <see cref="FetchPolicyKind.Tag"/>.</param>
/// <param name="MostBytes">For <see cref="FetchPolicyKind.Size"/>.</param>
internal sealed record FetchPolicy(FetchPolicyKind Kind, string? Tag = null, long MostBytes = 0)
{
    public static bool TryParse(string text, out FetchPolicy policy)
    {
        FetchPolicy? read = text.Split(':', 2) switch
        {
            ["none"] => new(FetchPolicyKind.None),
            ["manifests"] => new(FetchPolicyKind.Manifests),
            ["all"] => new(FetchPolicyKind.All),
            ["tag", { Length: > 0 } tag] => new(FetchPolicyKind.Tag, tag),
            ["size", var bytes] when long.TryParse(bytes, NumberStyles.None, CultureInfo.InvariantCulture, out var most) => new(FetchPolicyKind.Size, MostBytes: most),
            _ => null,
        };
        policy = read ?? new(FetchPolicyKind.None);
        return read is not null;
    }

    /// <summary>Whether the bytes of a model are wanted.</summary>
    public bool Wants(long bytes, IEnumerable<string> tags) => Kind switch
    {
        FetchPolicyKind.All => true,
        FetchPolicyKind.Tag => tags.Contains(Tag, StringComparer.Ordinal),
        FetchPolicyKind.Size => bytes <= MostBytes,
        _ => false,
    };
}

/// <summary>The kinds of policy.</summary>
internal enum FetchPolicyKind
{
    None,
    Manifests,
    All,
    Tag,
    Size,
}
