using ModelPlatform.Client.Connection;
using ModelPlatform.Manifests;
using ModelsClient = ModelPlatform.Client.Models.ModelsClient;

namespace ModelPlatform.Client.Loading.Transfer;

/// <summary>The places of one file, in order. The one in use serves until it has failed too often; the next goes on where it ended, in the middle of the file.</summary>
internal sealed class Places(IReadOnlyList<Place> places, Action<ApiProblem> tell)
{
    private const int Patience = 3;
    private const int Lies = 2;

    private readonly Lock gate = new();
    private readonly List<ApiProblem> problems = [];
    private readonly Dictionary<(Place, int), int> lies = [];
    private int current;
    private int failures;

    /// <summary>The place to ask now; null where all have failed.</summary>
    public Place? Current
    {
        get
        {
            lock (gate)
            {
                return current < places.Count ? places[current] : null;
            }
        }
    }

    /// <summary>The place that proved itself last.</summary>
    public string? LastName { get; private set; }

    /// <summary>Bytes arrived: whatever happened before is forgiven.</summary>
    public void Progressed()
    {
        lock (gate)
        {
            failures = 0;
        }
    }

    public void Proved(Place place)
    {
        lock (gate)
        {
            failures = 0;
            LastName = place.Name;
        }
    }

    /// <summary>A place refused, broke off or fell silent.</summary>
    /// <returns>How long to wait before the next try.</returns>
    public TimeSpan Failed(Place place, ApiProblem problem)
    {
        lock (gate)
        {
            if (Current != place)
            {
                return TimeSpan.Zero;
            }

            if (problem.Retryable && ++failures < Patience)
            {
                return TimeSpan.FromSeconds(Math.Clamp(problem.RetryAfterSeconds ?? (0.1 * (1 << failures)), 0.1, 30));
            }

            GiveUp(problem);
            return TimeSpan.Zero;
        }
    }

    /// <summary>A chunk from a place was wrong. Once may have been the line; twice the same chunk is the place.</summary>
    public void Lied(Place place, int chunk, ApiProblem problem)
    {
        lock (gate)
        {
            lies[(place, chunk)] = lies.GetValueOrDefault((place, chunk)) + 1;
            if (lies[(place, chunk)] >= Lies && Current == place)
            {
                GiveUp(problem);
            }
        }
    }

    /// <summary>Why there is nothing left to ask.</summary>
    public ApiProblem AllFailed(string path)
    {
        lock (gate)
        {
            var worst = problems.Find(problem => problem.Code == ProblemCode.IntegrityFailed) ?? problems.LastOrDefault();
            return new ApiProblem
            {
                Error = $"{path}: All download sources failed. {string.Join(" ", problems.Select(problem => problem.Error))}".TrimEnd(),
                Code = worst?.Code ?? ProblemCode.ModelNotFound,
                Retryable = worst is { Code: not ProblemCode.IntegrityFailed } && problems.Exists(problem => problem.Retryable),
                Status = worst?.Status,
            };
        }
    }

    /// <summary>Where a file can be had, in the order the options ask for.</summary>
    public static Places Of(ManifestArtifact artifact, Manifest manifest, ModelPlatformClient client, ModelLoaderOptions options)
    {
        var isPrimary = artifact.Path == manifest.Artifacts[0].Path;
        var distribution = manifest.Distribution;
        List<Place> found = [];
        foreach (var source in options.Sources)
        {
            switch (source)
            {
                case LoadSource.Gcs:
                    AddUrl("gcs", isPrimary ? distribution?.Gcs : null);
                    AddUrl("gcs", new Uri(client.BaseAddress, ModelsClient.ArtifactPath(manifest.Model.Id, artifact.Path).TrimStart('/')).AbsoluteUri);
                    break;
                case LoadSource.Ipfs when distribution?.Ipfs is { Length: > 0 } cid:
                    if (manifest.Artifacts.Count > 1)
                    {
                        AddUrl("ipfs", $"{options.IpfsGateway}{cid}/{Address.FilePath(artifact.Path)}");
                    }

                    if (isPrimary)
                    {
                        AddUrl("ipfs", $"{options.IpfsGateway}{cid}");
                    }

                    break;
                case LoadSource.P2p:
                    found.AddRange(options.Peers.Select(site => new PeerPlace(site.AbsoluteUri.EndsWith('/') ? site : new Uri($"{site.AbsoluteUri}/"), client.Connection)));
                    break;
                default:
                    break;
            }
        }

        foreach (var url in isPrimary ? distribution?.FallbackUrls ?? [] : [])
        {
            AddUrl("fallback", url);
        }

        return new Places(found, options.OnError);

        void AddUrl(string name, string? text)
        {
            if (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && !found.OfType<UrlPlace>().Any(place => place.Url == url))
            {
                found.Add(new UrlPlace(name, url, client.Connection));
            }
        }
    }

    private void GiveUp(ApiProblem problem)
    {
        var told = problem with { Error = $"{places[current].Name} ({places[current].Address}): {problem.Error}" };
        problems.Add(told);
        current++;
        failures = 0;
        tell(told);
    }
}
