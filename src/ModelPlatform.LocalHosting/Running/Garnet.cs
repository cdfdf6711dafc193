namespace ModelPlatform.LocalHosting.Running;

/// <summary>How Garnet keeps what it was told across kill -9 without growing for ever.</summary>
internal static class Garnet
{
    /// <summary>Says that a directory was begun with segments of this size: read with others, a log is another log.</summary>
    private const string Marker = "garnet-segments-32m";

    /// <summary>A write is acknowledged once it is in the log on disk. The default device needs a newer C library than many machines have.</summary>
    private static readonly string[] Durable = ["--aof", "--aof-commit-wait", "--recover", "--device-type", "RandomAccess"];

    /// <summary>A checkpoint whenever the log has grown by so much; what lies before it is cut off.</summary>
    private static readonly string[] Trimmed = ["--aof-size-limit", "64m"];

    /// <summary>The log is cut off in whole segments. Records beyond the memory go to disk, where those that were overwritten are left behind.</summary>
    private static readonly string[] Bounded =
    [
        "--aof-segment-size", "32m", "--memory", "128m", "--storage-tier", "--segment", "32m",
        "--compaction-type", "Lookup", "--compaction-max-segments", "2", "--compaction-freq", "30",
    ];

    /// <summary>Arguments for a data directory. One begun before segments were small keeps its large ones.</summary>
    public static string[] Arguments(string data)
    {
        var marker = Path.Combine(data, Marker);
        if (!Directory.Exists(Path.Combine(data, "AOF")))
        {
            File.WriteAllBytes(marker, []);
        }

        return [.. Durable, .. Trimmed, "--checkpointdir", data, .. File.Exists(marker) ? (string[])[.. Bounded, "--logdir", data] : []];
    }
}
