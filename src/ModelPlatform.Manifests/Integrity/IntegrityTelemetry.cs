using System.Diagnostics.Metrics;

namespace ModelPlatform.Integrity;

/// <summary>Counts what did not match its hash.</summary>
internal static class IntegrityTelemetry
{
    public const string Name = "ModelPlatform.Integrity";

    private static readonly Meter Meter = new(Name);
    private static readonly Counter<long> Failures = Meter.CreateCounter<long>("modelplatform.verification.failures", "{failure}", "Bytes that did not match their hash, by where that was seen");

    /// <summary>A chunk as a source sent it.</summary>
    public static void ChunkFromSource() => Count("source_chunk");

    /// <summary>A whole file as a source sent it.</summary>
    public static void FileFromSource() => Count("source_file");

    /// <summary>A chunk as the store gave it back.</summary>
    public static void ChunkFromStore() => Count("stored_chunk");

    private static void Count(string kind) => Failures.Add(1, new KeyValuePair<string, object?>("modelplatform.verification.kind", kind));
}
