using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.Peer;

/// <summary>Provides <c>peer</c>: models of the sites in <c>Sources:Peer:Sites</c>.</summary>
public sealed class PeerPlugin : ISourcePlugin
{
    /// <inheritdoc/>
    public IReadOnlyDictionary<string, ISource> CreateSources(SourceContext context) =>
        Site.ReadAll(context.Settings).TryGet(out var sites, out var error)
            ? new Dictionary<string, ISource>(StringComparer.Ordinal) { ["peer"] = new PeerSource(new SiteClient(context.Http), sites, context.Time) }
            : throw new PlatformException(error);
}
