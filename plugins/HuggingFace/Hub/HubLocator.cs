using System.Text.RegularExpressions;

namespace ModelPlatform.Plugins.HuggingFace.Hub;

/// <summary>How a file is named for opening it later: its <c>resolve</c> path, pinned to the commit, below whatever endpoint is configured then.</summary>
internal static partial class HubLocator
{
    public static string Of(HubReference reference, string commit, string path) =>
        $"/{reference.WebPath}/resolve/{commit}/{string.Join('/', path.Split('/').Select(Uri.EscapeDataString))}";

    /// <summary>Reads a locator back, so that a failure can name its repository; null where it is not one of ours.</summary>
    public static HubReference? Parse(string locator) => Shape().Match(locator) is { Success: true } match && !locator.Contains("/../", StringComparison.Ordinal)
        ? new HubReference(match.Groups["dataset"].Success, match.Groups["id"].Value, match.Groups["commit"].Value, Uri.UnescapeDataString(match.Groups["path"].Value))
        : null;

    [GeneratedRegex(@"\A/(?<dataset>datasets/)?(?<id>[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)?)/resolve/(?<commit>[0-9a-f]{40})/(?<path>[^?#\\]+)\z")]
    private static partial Regex Shape();
}
