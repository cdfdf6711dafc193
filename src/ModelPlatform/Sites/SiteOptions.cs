using System.ComponentModel.DataAnnotations;

namespace ModelPlatform.Sites;

/// <summary>The configuration section <c>Sites</c>.</summary>
public sealed class SiteOptions : IValidatableObject
{
    /// <summary>Sites given in the settings, beside those added with <c>PUT /v1/sites/{name}</c>.</summary>
    public IList<ConfiguredSite> Peers { get; } = [];

    /// <summary>How often a site is asked for changes; changes made here are told at once.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "1.00:00:00")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest wait between tries at a site that does not answer.</summary>
    public TimeSpan LongestPause { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>For each collection what is fetched once a document has come in: <c>none</c>, <c>manifests</c>, <c>all</c>, <c>tag:NAME</c> or <c>size:BYTES</c>.</summary>
    public IDictionary<string, string> Fetch { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var peer in Peers)
        {
            if (!Site.IsValidName(peer.Name) || !Site.IsValidUrl(peer.Url))
            {
                yield return new ValidationResult($"Sites:Peers: '{peer.Name}' needs a Name of letters, digits, dot, dash and underscore, and a Url with http or https.");
            }
        }

        foreach (var (collection, policy) in Fetch)
        {
            if (!FetchPolicy.TryParse(policy, out _))
            {
                yield return new ValidationResult($"Sites:Fetch:{collection} is none, manifests, all, tag:NAME or size:BYTES, not '{policy}'.");
            }
        }
    }
}

/// <summary>A site in the settings.</summary>
public sealed class ConfiguredSite
{
    /// <summary>Its name.</summary>
    public string Name { get; set; } = string.Empty;

    /// <summary>Its base address.</summary>
    public Uri? Url { get; set; }

    /// <summary>The secret both sides know.</summary>
    public string? Token { get; set; }
}
