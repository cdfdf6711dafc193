using System.Diagnostics;
using System.Diagnostics.Metrics;
using ModelPlatform.Chunks;

namespace ModelPlatform.Jobs;

/// <summary>What is told of jobs. A job's record carries the <c>traceparent</c> of the request that made it, so every run of it, on whichever server, belongs to that request's trace.</summary>
internal static class JobTelemetry
{
    public const string Name = "ModelPlatform.Jobs";
    private const string StatusTag = "modelplatform.job.status";
    private const string ErrorTag = "error.type";
    private const string JobTag = "modelplatform.job.id";
    private const string ModelTag = "modelplatform.model";

    private static readonly ActivitySource Spans = new(Name);
    private static readonly ActivitySource Details = new($"Detail.{Name}");
    private static readonly Meter Meter = new(Name);
    private static readonly Counter<long> Ended = Meter.CreateCounter<long>("modelplatform.jobs.ended", "{job}", "Jobs that came to their end, by how");
    private static readonly Counter<long> Retries = Meter.CreateCounter<long>("modelplatform.jobs.retries", "{retry}", "Runs that failed and are tried again, by error");
    private static readonly Counter<long> Takeovers = Meter.CreateCounter<long>("modelplatform.jobs.takeovers", "{job}", "Jobs taken over from a job server that died");
    private static readonly Counter<long> Webhooks = Meter.CreateCounter<long>("modelplatform.webhooks.deliveries", "{delivery}", "Tries to deliver a webhook, by outcome");
    private static readonly Histogram<double> Duration = Meter.CreateHistogram(
        "modelplatform.jobs.duration", "s", "Time from a job's first start to its end", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.5, 1, 5, 15, 60, 300, 900, 3600, 14400, 86400] });

    /// <summary>Asking for a fetch.</summary>
    public static Activity? StartEnqueue(string jobId, string modelId) => Spans.StartActivity("enqueue fetch", ActivityKind.Producer)?.SetTag(JobTag, jobId).SetTag(ModelTag, modelId);

    /// <summary>One run of a job.</summary>
    public static Activity? StartRun(FetchJobRecord job) =>
        (ActivityContext.TryParse(job.TraceParent, null, isRemote: true, out var parent) ? Spans.StartActivity("run fetch", ActivityKind.Consumer, parent) : Spans.StartActivity("run fetch", ActivityKind.Consumer))
        ?.SetTag(JobTag, job.Id).SetTag(ModelTag, job.Job.ModelId).SetTag("modelplatform.source", job.Request.Source).SetTag("modelplatform.job.retry", job.Job.RetryCount);

    public static Activity? StartEnd(FetchStatus to) => Spans.StartActivity("end job")?.SetTag(StatusTag, to.Word());

    /// <summary>What a run does over and over: renewing its lease, telling its progress, writing its journal.</summary>
    public static Activity StartDetail(string operation) => ChunkTelemetry.Quiet(Details, operation);

    public static void CountEnd(FetchStatus status, string? error, TimeSpan? took)
    {
        var tags = new TagList { { StatusTag, status.Word() } };
        if (took is { } duration)
        {
            Duration.Record(duration.TotalSeconds, tags);
        }

        if (error is not null)
        {
            tags.Add(ErrorTag, error);
        }

        Ended.Add(1, tags);
    }

    public static void CountRetry(string error) => Retries.Add(1, new KeyValuePair<string, object?>(ErrorTag, error));

    public static void CountTakeover() => Takeovers.Add(1);

    public static void CountWebhook(bool delivered) => Webhooks.Add(1, new KeyValuePair<string, object?>("modelplatform.webhook.outcome", delivered ? "delivered" : "failed"));

    /// <summary>Observes how many jobs there are in each state that is not an end.</summary>
    public static void ObserveDepth(Meter meter, Func<IEnumerable<(FetchStatus Status, long Count)>> depth) => meter.CreateObservableGauge(
        "modelplatform.jobs.depth",
        () => depth().Select(state => new Measurement<long>(state.Count, new KeyValuePair<string, object?>(StatusTag, state.Status.Word()))),
        "{job}",
        "Jobs that are queued, paused or running, on all servers together: every process tells the same number");
}
