using System.Collections.Immutable;
using ModelPlatform.Client.Connection;
using ModelPlatform.Client.Events;
using ModelPlatform.Client.Jobs;
using ModelPlatform.Client.Models;
using ModelPlatform.Client.Plugins;
using ModelPlatform.Client.Sites;
using ModelPlatform.Client.Storage;

namespace ModelPlatform.Dashboard.Live;

/// <summary>All that is known of the platform at one instant. Immutable: a component reads one and renders it.</summary>
internal sealed record PlatformSnapshot
{
    public static PlatformSnapshot Empty { get; } = new();

    public LinkState Link { get; init; }

    /// <summary>Why the platform cannot be reached; null while it can.</summary>
    public ApiProblem? LinkProblem { get; init; }

    public ImmutableDictionary<string, FetchJob> Jobs { get; init; } = ImmutableDictionary<string, FetchJob>.Empty;

    public ApiProblem? JobsProblem { get; init; }

    public bool AreJobsLoaded { get; init; }

    public Section<ModelSummary[]> Models { get; init; }

    public Section<CatalogPage> Catalog { get; init; }

    public Section<ModelState[]> States { get; init; }

    public Section<PluginInfo[]> Plugins { get; init; }

    public Section<StorageUsage> Storage { get; init; }

    public Section<WorkerStatus> Worker { get; init; }

    public Section<SitesReport> Sites { get; init; }

    /// <summary>The newest first.</summary>
    public ImmutableList<PlatformEvent> Events { get; init; } = [];

    public ApiProblem? EventsProblem { get; init; }

    /// <summary>Bytes a second over all running jobs, one sample a second, the newest last.</summary>
    public ImmutableList<double> Throughput { get; init; } = [];

    /// <summary>Newest first.</summary>
    public IReadOnlyList<FetchJob> JobsNewestFirst
    {
        get
        {
            // A copy of the record carries the order along: it counts only for the jobs it was made of.
            if (ordered is not { } known || known.Of != Jobs)
            {
                ordered = known = (Jobs, [.. Jobs.Values.OrderByDescending(job => job.CreatedAt).ThenByDescending(job => job.Id, StringComparer.Ordinal)]);
            }

            return known.List;
        }
    }

    public IEnumerable<FetchJob> RunningJobs => JobsNewestFirst.Where(job => job.Status.IsRunning());

    private (ImmutableDictionary<string, FetchJob> Of, IReadOnlyList<FetchJob> List)? ordered;
}

/// <summary>How the dashboard stands with the platform.</summary>
internal enum LinkState
{
    /// <summary>Not asked yet.</summary>
    Connecting = 0,

    /// <summary>Events arrive as they happen.</summary>
    Live,

    /// <summary>It answers, without an event stream: asked again and again.</summary>
    Polling,

    /// <summary>No answer.</summary>
    Away,

    /// <summary>It answers, and refuses this dashboard.</summary>
    Refused,
}
