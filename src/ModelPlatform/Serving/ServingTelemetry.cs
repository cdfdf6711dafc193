using System.Diagnostics.Metrics;

namespace ModelPlatform.Serving;

/// <summary>What is told of serving.</summary>
public static class ServingTelemetry
{
    internal const string Name = "ModelPlatform.Serving";

    private static readonly Meter Meter = new(Name);
    private static readonly Counter<long> Sent = Meter.CreateCounter<long>("modelplatform.serving.sent", "By", "Proven bytes sent to clients");
    private static readonly Counter<long> Lookups = Meter.CreateCounter<long>("modelplatform.serving.chunks", "{chunk}", "Chunks needed for serving, by whether they were proven already");
    private static readonly Histogram<double> Duration = Meter.CreateHistogram(
        "modelplatform.serving.duration", "s", "Time to answer with a file or a part of one", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30, 120, 600] });

    /// <summary>Counts an answer.</summary>
    /// <param name="took">From the request to the last byte.</param>
    /// <param name="statusCode">Of the answer.</param>
    /// <param name="isWhole">False where it broke off.</param>
    public static void CountAnswer(TimeSpan took, int statusCode, bool isWhole) => Duration.Record(
        took.TotalSeconds,
        new KeyValuePair<string, object?>("http.response.status_code", statusCode),
        new KeyValuePair<string, object?>("modelplatform.serving.outcome", isWhole ? "whole" : "broken"));

    /// <summary>Counts bytes on their way to a client.</summary>
    public static void CountSent(long bytes) => Sent.Add(bytes);

    internal static void CountLookup(bool isHit) => Lookups.Add(1, new KeyValuePair<string, object?>("modelplatform.cache.result", isHit ? "hit" : "miss"));
}
