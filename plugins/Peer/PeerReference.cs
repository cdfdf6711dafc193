using System.Text.RegularExpressions;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.Peer;

/// <summary><c>SITE/name[:version]</c>, where name is one or two segments; <c>#path</c> behind it is one file, in a locator.</summary>
internal sealed partial record PeerReference(string Site, string Model, string? Version, string? Path)
{
    public string Locator => $"{Site}/{Model}:{Version}#{Path}";

    /// <summary>The model as it stands in the site's paths.</summary>
    public string Id => Version is null ? Model : $"{Model}:{Version}";

    public static Result<PeerReference> Parse(string text)
    {
        var match = Pattern().Match(text);
        return !match.Success || (match.Groups["path"] is { Success: true, Value: var path } && ArtifactPath.FindFault(path) is not null)
            ? new PlatformError(ErrorCode.InvalidRequest, "The reference is not of the form SITE/name or SITE/name:version, where name is one or two segments of letters, digits, dot, dash and underscore.")
            : new PeerReference(match.Groups["site"].Value, match.Groups["model"].Value, Value(match.Groups["version"]), Value(match.Groups["path"]));
    }

    private static string? Value(Group group) => group.Success ? group.Value : null;

    [GeneratedRegex(@"^(?<site>[A-Za-z0-9][A-Za-z0-9._-]{0,95})/(?<model>[A-Za-z0-9][A-Za-z0-9._-]{0,95}(?:/[A-Za-z0-9][A-Za-z0-9._-]{0,95})?)(?::(?<version>[A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?(?:#(?<path>.+))?\z")]
    private static partial Regex Pattern();
}
