using ModelPlatform.Sources;

namespace ModelPlatform.Sites;

/// <summary>The sites this one knows.</summary>
public interface ISiteDirectory
{
    /// <summary>All of them, by name.</summary>
    ValueTask<IReadOnlyList<Site>> ListAsync(CancellationToken cancellationToken);

    /// <summary>Adds a site or replaces what was said of it.</summary>
    Task<Site> PutAsync(Site site, CancellationToken cancellationToken);

    /// <summary>Forgets a site.</summary>
    /// <returns>Whether it was known; InvalidState where it stands in the settings.</returns>
    Task<Result<bool>> RemoveAsync(string name, CancellationToken cancellationToken);
}
