using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.Http;

/// <summary>Provides <c>url</c>: one file by its http or https address.</summary>
public sealed class HttpPlugin : ISourcePlugin
{
    /// <inheritdoc/>
    public IReadOnlyDictionary<string, ISource> CreateSources(SourceContext context) =>
        context.Settings.Keys.FirstOrDefault() is { } unknown
            ? throw new PlatformException(new PlatformError(ErrorCode.InvalidRequest, $"Sources:Http:{unknown} is not a setting: there are none."))
            : new Dictionary<string, ISource>(StringComparer.Ordinal) { ["url"] = new HttpFileSource(context) };
}
