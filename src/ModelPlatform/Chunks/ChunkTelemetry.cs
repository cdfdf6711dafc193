using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace ModelPlatform.Chunks;

/// <summary>What is told of the chunk store: one span a pass over a file, none a chunk unless somebody listens to <c>Detail.ModelPlatform.Chunks</c>.</summary>
public static class ChunkTelemetry
{
    internal const string Name = "ModelPlatform.Chunks";

    private static readonly ActivitySource Spans = new(Name);
    private static readonly ActivitySource Details = new($"Detail.{Name}");
    private static readonly Meter Meter = new(Name);
    private static readonly Counter<long> Written = Meter.CreateCounter<long>("modelplatform.chunks.written", "By", "Bytes of chunks that were new to the store");
    private static readonly Counter<long> Deduplicated = Meter.CreateCounter<long>("modelplatform.chunks.deduplicated", "By", "Bytes that were not stored again, since the store had their chunk");

    /// <summary>The storing of a file's chunks, beside whatever else the current span's work is.</summary>
    internal static Activity? StartStoring()
    {
        var current = Activity.Current;
        var storing = Spans.StartActivity("store chunks");
        Activity.Current = current;
        return storing;
    }

    /// <summary>Looks at many chunks.</summary>
    internal static Activity? StartChecking() => Spans.StartActivity("check chunks");

    /// <summary>One operation on one chunk. Where nobody listens to details, nothing below it is recorded either: what a client library would say of each blob.</summary>
    internal static Activity StartDetail(string operation) => Quiet(Details, operation);

    /// <summary>Counts what a put came to.</summary>
    public static void Count(ChunkPut put, int length) => (put == ChunkPut.Stored ? Written : Deduplicated).Add(length);

    /// <summary>Counts a chunk that did not even have to be downloaded.</summary>
    internal static void CountReused(int length) => Deduplicated.Add(length);

    /// <summary>A span of a source that is listened to only on request, else an unrecorded one that keeps everything below it unrecorded.</summary>
    internal static Activity Quiet(ActivitySource details, string operation) =>
        details.StartActivity(operation) ?? new Activity(operation) { ActivityTraceFlags = ActivityTraceFlags.None }.Start();
}
