using System.Diagnostics.CodeAnalysis;

namespace ModelPlatform.Plugins;

/// <summary>The sources of all active plugins at this moment.</summary>
public interface ISourceCatalog
{
    /// <summary>Names of the sources that can be used now, in ordinal order.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>Takes a source for one operation. While the lease is held its plugin stays loaded, even if a new version has taken its place.</summary>
    bool TryAcquire(string source, [NotNullWhen(true)] out SourceLease? lease);
}
