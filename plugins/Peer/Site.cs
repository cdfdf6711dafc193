using System.Globalization;
using System.Text.RegularExpressions;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.Peer;

/// <summary>Another ModelPlatform.</summary>
/// <param name="Name">What references call it.</param>
/// <param name="Url">Its base address.</param>
/// <param name="Token">Sent to its origin only; null where it is open.</param>
internal sealed partial record Site(string Name, Uri Url, string? Token)
{
    /// <summary>Where its token is set, for the person who has to.</summary>
    public string TokenSetting => $"Sources:Peer:Sites, the Token beside the Name {Name}";

    /// <summary>Reads <c>Sites:0:Name</c>, <c>Sites:0:Url</c>, <c>Sites:0:Token</c> and so on.</summary>
    public static Result<IReadOnlyList<Site>> ReadAll(IReadOnlyDictionary<string, string> settings)
    {
        var byIndex = new SortedDictionary<int, Dictionary<string, string>>();
        foreach (var (key, value) in settings)
        {
            var match = Key().Match(key);
            if (!match.Success)
            {
                return Invalid($"Sources:Peer:{key} is not a setting. Known are Sites:0:Name, Sites:0:Url and Sites:0:Token, counted on.");
            }

            var index = int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
            byIndex.TryAdd(index, new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase));
            byIndex[index][match.Groups[2].Value] = value.Trim();
        }

        var sites = new List<Site>();
        foreach (var (index, values) in byIndex)
        {
            var (name, url) = (values.GetValueOrDefault("Name") ?? "", values.GetValueOrDefault("Url") ?? "");
            if (!NamePattern().IsMatch(name) || sites.Any(site => site.Name.Equals(name, StringComparison.OrdinalIgnoreCase)))
            {
                return Invalid($"Sources:Peer:Sites:{index}:Name is missing, given twice, or not made of letters, digits, dot, dash and underscore.");
            }

            if (!Uri.TryCreate(url.TrimEnd('/') + "/", UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https") || address.UserInfo.Length > 0 || address.Query.Length > 0 || address.Fragment.Length > 0)
            {
                return Invalid($"Sources:Peer:Sites:{index}:Url must be the http or https address of a ModelPlatform, for example https://models.example.org.");
            }

            sites.Add(new Site(name, address, values.GetValueOrDefault("Token") is { Length: > 0 } token ? token : null));
        }

        return sites;
    }

    private static PlatformError Invalid(string message) => new(ErrorCode.InvalidRequest, message);

    [GeneratedRegex(@"^Sites:(\d{1,4}):(Name|Url|Token)\z", RegexOptions.IgnoreCase)]
    private static partial Regex Key();

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,95}\z")]
    private static partial Regex NamePattern();
}
