using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Threading.Channels;
using ModelPlatform.Client;
using ModelPlatform.Client.Connection;
using ModelPlatform.Client.Events;
using ModelPlatform.Client.Jobs;
using ModelPlatform.Client.Models;

namespace ModelPlatform.Dashboard.Live;

/// <summary>
/// Keeps the picture current: an event only says what is stale, and the resource itself is asked, once for many events.
/// Where there is no event stream, and now and then as a safety net, everything is asked again.
/// </summary>
internal sealed class LiveFeed(ModelPlatformClient client, TimeProvider time)
{
    private const int KeptEvents = 300;
    private const int KeptJobs = 200;
    private const int KeptSamples = 120;
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(80);
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SafetyNet = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan PollSlow = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, bool> staleJobs = new(StringComparer.Ordinal);
    private readonly Channel<bool> wakeUps = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private int staleTopics;

    public delegate void Publisher(Func<PlatformSnapshot, PlatformSnapshot> change, Topics topics);

    /// <summary>Marks parts to be asked again soon.</summary>
    public void MarkStale(Topics topics)
    {
        Interlocked.Or(ref staleTopics, (int)topics);
        wakeUps.Writer.TryWrite(true);
    }

    /// <summary>Feeds until cancelled.</summary>
    public async Task RunAsync(Publisher publish, CancellationToken cancellationToken)
    {
        MarkStale(Topics.All);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var link = new Link();
        Task[] parts = [ListenAsync(publish, link, stop.Token), AnswerAsync(publish, stop.Token), BeatAsync(publish, link, stop.Token)];
        var first = await Task.WhenAny(parts);
        await stop.CancelAsync();
        await Task.WhenAll(parts).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await first;
    }

    private async Task ListenAsync(Publisher publish, Link link, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await foreach (var happened in client.Events.StreamAsync(new EventFilter { AfterId = link.LastEvent }, problem => Turn(publish, link, problem), cancellationToken))
                {
                    link.LastEvent = happened.Id ?? link.LastEvent;
                    Take(happened, publish);
                }
            }
            catch (ApiException exception)
            {
                // No stream is offered, or not to us: asking again and again does it meanwhile.
                link.HasStream = false;
                var isRefused = exception.Problem.Status is 401 or 403;
                publish(
                    snapshot => snapshot with { Link = isRefused ? LinkState.Refused : LinkState.Polling, LinkProblem = isRefused ? exception.Problem : null, EventsProblem = exception.Problem },
                    Topics.Connection | Topics.Events);
                await Task.Delay(SafetyNet, time, cancellationToken);
            }
        }
    }

    private void Turn(Publisher publish, Link link, ApiProblem? problem)
    {
        var returned = problem is null && !link.HasStream;
        link.HasStream = problem is null;
        publish(snapshot => snapshot with { Link = problem is null ? LinkState.Live : LinkState.Away, LinkProblem = problem, EventsProblem = null }, Topics.Connection);
        if (returned)
        {
            // Live-only events of the time between are lost: everything is asked once.
            MarkStale(Topics.All);
        }
    }

    private void Take(PlatformEvent happened, Publisher publish)
    {
        if (happened.JobId is { Length: > 0 } job)
        {
            staleJobs[job] = true;
        }

        if (happened.Id is not null)
        {
            publish(
                snapshot => snapshot.Events.Exists(known => known.Id == happened.Id)
                    ? snapshot
                    : snapshot with { Events = Trim(snapshot.Events.Insert(0, happened)) },
                Topics.Events);
        }

        var topics = TopicsOf(happened.Type);
        Interlocked.Or(ref staleTopics, (int)topics);
        wakeUps.Writer.TryWrite(true);
    }

    private static Topics TopicsOf(string type) => type switch
    {
        "download_progress" => Topics.None,
        "job_completed" or "model_published" or "model_deleted" => Topics.Models | Topics.Storage | Topics.Worker,
        _ when type.StartsWith("job_", StringComparison.Ordinal) || type.StartsWith("download_", StringComparison.Ordinal) => Topics.Worker,
        _ when type.StartsWith("model_", StringComparison.Ordinal) || type.StartsWith("load_", StringComparison.Ordinal) || type is "unload_complete" or "health_check" => Topics.Models,
        _ when type.StartsWith("plugin_", StringComparison.Ordinal) => Topics.Plugins,
        _ when type.StartsWith("site_", StringComparison.Ordinal) => Topics.Sites,
        _ when type.StartsWith("storage_", StringComparison.Ordinal) => Topics.Storage | Topics.Models,
        _ => Topics.None,
    };

    private static ImmutableList<PlatformEvent> Trim(ImmutableList<PlatformEvent> events) => events.Count > KeptEvents ? events.RemoveRange(KeptEvents, events.Count - KeptEvents) : events;

    private async Task AnswerAsync(Publisher publish, CancellationToken cancellationToken)
    {
        while (await wakeUps.Reader.WaitToReadAsync(cancellationToken))
        {
            wakeUps.Reader.TryRead(out _);
            var topics = (Topics)Interlocked.Exchange(ref staleTopics, 0);
            var jobs = staleJobs.Keys.ToArray();
            foreach (var job in jobs)
            {
                staleJobs.TryRemove(job, out _);
            }

            List<Task> questions = [];
            Ask(questions, topics, Topics.Jobs, () => AskJobsAsync(publish, cancellationToken));
            if (!topics.HasFlag(Topics.Jobs) && jobs.Length > 0)
            {
                questions.Add(jobs.Length <= 4 ? Task.WhenAll(jobs.Select(job => AskJobAsync(job, publish, cancellationToken))) : AskJobsAsync(publish, cancellationToken));
            }

            Ask(questions, topics, Topics.Models, () => AskModelsAsync(publish, cancellationToken));
            Ask(questions, topics, Topics.Plugins, async () =>
            {
                var answer = await client.Plugins.ListAsync(cancellationToken);
                publish(snapshot => snapshot with { Plugins = snapshot.Plugins.With(answer) }, Topics.Plugins);
            });
            Ask(questions, topics, Topics.Storage, async () =>
            {
                var answer = await client.Storage.GetUsageAsync(cancellationToken);
                publish(snapshot => snapshot with { Storage = snapshot.Storage.With(answer) }, Topics.Storage);
            });
            Ask(questions, topics, Topics.Worker, async () =>
            {
                var answer = await client.Jobs.GetWorkerAsync(cancellationToken);
                publish(snapshot => snapshot with { Worker = snapshot.Worker.With(answer) }, Topics.Worker);
            });
            Ask(questions, topics, Topics.Sites, async () =>
            {
                var answer = await client.Sites.ListAsync(cancellationToken);
                publish(snapshot => snapshot with { Sites = snapshot.Sites.With(answer) }, Topics.Sites);
            });
            Ask(questions, topics, Topics.Events, () => AskEventsAsync(publish, cancellationToken));
            await Task.WhenAll(questions);
            await Task.Delay(Gather, time, cancellationToken);
        }
    }

    private static void Ask(List<Task> questions, Topics stale, Topics topic, Func<Task> question)
    {
        if (stale.HasFlag(topic))
        {
            questions.Add(question());
        }
    }

    private async Task AskJobsAsync(Publisher publish, CancellationToken cancellationToken)
    {
        var answer = await client.Jobs.ListAsync(limit: KeptJobs, cancellationToken: cancellationToken);
        publish(
            snapshot => answer.TryGet(out var list, out var problem)
                ? snapshot with { Jobs = list.Jobs.ToImmutableDictionary(job => job.Id, StringComparer.Ordinal), JobsProblem = null, AreJobsLoaded = true }
                : snapshot with { JobsProblem = problem, AreJobsLoaded = true },
            Topics.Jobs);
        Judge(publish, answer.Problem);
    }

    private async Task AskJobAsync(string id, Publisher publish, CancellationToken cancellationToken)
    {
        var answer = await client.Jobs.GetAsync(id, cancellationToken);
        if (answer.TryGet(out var job, out var problem))
        {
            publish(snapshot => snapshot with { Jobs = snapshot.Jobs.SetItem(id, job) }, Topics.Jobs);
        }
        else if (problem.Code == ProblemCode.JobNotFound)
        {
            publish(snapshot => snapshot with { Jobs = snapshot.Jobs.Remove(id) }, Topics.Jobs);
        }
    }

    private async Task AskModelsAsync(Publisher publish, CancellationToken cancellationToken)
    {
        var list = client.Models.ListAsync(cancellationToken: cancellationToken);
        var states = client.Models.ListStatesAsync(cancellationToken);
        var catalog = await AskCatalogAsync(cancellationToken);
        var (models, known) = (await list, await states);
        publish(snapshot => snapshot with { Models = snapshot.Models.With(models), Catalog = snapshot.Catalog.With(catalog), States = snapshot.States.With(known) }, Topics.Models);
    }

    private async Task<ApiResult<CatalogPage>> AskCatalogAsync(CancellationToken cancellationToken)
    {
        List<CatalogModel> rows = [];
        string? cursor = null;
        do
        {
            var answer = await client.Models.CatalogAsync(new CatalogFilter { Limit = 1_000, Cursor = cursor }, cancellationToken);
            if (!answer.TryGet(out var page, out _))
            {
                return answer;
            }

            rows.AddRange(page.Models);
            cursor = page.NextCursor == cursor ? null : page.NextCursor;
        }
        while (cursor is not null);
        return new CatalogPage { Models = rows };
    }

    private async Task AskEventsAsync(Publisher publish, CancellationToken cancellationToken)
    {
        var answer = await client.Events.ListAsync(cancellationToken: cancellationToken);
        publish(
            snapshot => answer.TryGet(out var events, out var problem)
                ? snapshot with { Events = Trim([.. events.Concat(snapshot.Events).DistinctBy(happened => happened.Id).OrderByDescending(happened => happened.Id)]), EventsProblem = null }
                : snapshot with { EventsProblem = problem },
            Topics.Events);
    }

    private async Task BeatAsync(Publisher publish, Link link, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Beat, time);
        var beats = 0;
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            beats++;
            var every = link.HasStream ? SafetyNet : PollSlow;
            if (beats % (int)every.TotalSeconds == 0)
            {
                MarkStale(Topics.All & ~Topics.Throughput);
            }
            else if (!link.HasStream)
            {
                MarkStale(Topics.Jobs);
            }

            publish(
                snapshot =>
                {
                    var samples = snapshot.Throughput.Add(snapshot.RunningJobs.Sum(job => job.BytesPerSecond ?? 0));
                    return snapshot with { Throughput = samples.Count > KeptSamples ? samples.RemoveAt(0) : samples };
                },
                Topics.Throughput);
        }
    }

    /// <summary>Without a stream, the list of jobs tells whether the platform is there.</summary>
    private static void Judge(Publisher publish, ApiProblem? problem) =>
        publish(
            snapshot => snapshot.Link == LinkState.Live
                ? snapshot
                : snapshot with
                {
                    Link = problem switch
                    {
                        null => LinkState.Polling,
                        { Status: 401 or 403 } => LinkState.Refused,
                        { Code: ProblemCode.Unreachable } => LinkState.Away,
                        _ => LinkState.Polling,
                    },
                    LinkProblem = problem is { Status: 401 or 403 } or { Code: ProblemCode.Unreachable } ? problem : null,
                },
            Topics.Connection);

    private sealed class Link
    {
        public volatile bool HasStream;

        public long? LastEvent;
    }
}
