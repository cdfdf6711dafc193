namespace ModelPlatform.Registry;

/// <summary>The catalog's index in Redis, as far as an operator sees it.</summary>
public interface IRegistryIndex
{
    /// <summary>Makes the index anew from the record store. Reads go on meanwhile, on the old one or on the store.</summary>
    /// <returns>What was found.</returns>
    Task<RebuiltIndex> RebuildAsync(CancellationToken cancellationToken);
}

/// <summary>What a rebuild found.</summary>
/// <param name="Models">Published versions.</param>
/// <param name="Problems">A sentence for each manifest that was left out because it cannot be used: half written, changed, newer than this platform.</param>
public sealed record RebuiltIndex(int Models, IReadOnlyList<string> Problems);
