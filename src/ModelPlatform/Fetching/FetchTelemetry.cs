using System.Diagnostics;
using System.Diagnostics.Metrics;
using ModelPlatform.Chunks;

namespace ModelPlatform.Fetching;

/// <summary>What is told of fetches: a span for the plan, one a file and one a pass over a source; none a range unless somebody listens to <c>Detail.ModelPlatform.Fetching</c>.</summary>
internal static class FetchTelemetry
{
    public const string Name = "ModelPlatform.Fetching";
    private const string SourceTag = "modelplatform.source";

    private static readonly ActivitySource Spans = new(Name);
    private static readonly ActivitySource Details = new($"Detail.{Name}");
    private static readonly Meter Meter = new(Name);
    private static readonly Counter<long> Received = Meter.CreateCounter<long>("modelplatform.fetch.received", "By", "Bytes that sources sent");
    private static readonly Counter<long> Chunks = Meter.CreateCounter<long>("modelplatform.fetch.chunks", "{chunk}", "Chunks verified, by whether they were downloaded or reused");
    private static readonly Histogram<double> FileDuration = Meter.CreateHistogram(
        "modelplatform.fetch.file.duration", "s", "Time a file took", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 0.5, 1, 5, 15, 60, 300, 1800, 7200] });

    public static Activity? StartPlan(string source) => Spans.StartActivity("plan fetch")?.SetTag(SourceTag, source);

    public static Activity? StartInspect(string source) => Spans.StartActivity("inspect source", ActivityKind.Client)?.SetTag(SourceTag, source);

    public static Activity? StartFile(string path, long? size) => Spans.StartActivity("fetch file")?.SetTag("modelplatform.path", path).SetTag("modelplatform.size", size);

    public static Activity? StartRead(string source) => Spans.StartActivity("read from source", ActivityKind.Client)?.SetTag(SourceTag, source);

    public static Activity StartDetail(string operation) => ChunkTelemetry.Quiet(Details, operation);

    public static void CountReceived(string source, int bytes) => Received.Add(bytes, Tag(SourceTag, source));

    public static void CountChunk(bool reused) => Chunks.Add(1, Tag("modelplatform.fetch.outcome", reused ? "reused" : "downloaded"));

    public static void CountFile(TimeSpan took, bool succeeded) => FileDuration.Record(took.TotalSeconds, Tag("modelplatform.fetch.outcome", succeeded ? "done" : "failed"));

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}
