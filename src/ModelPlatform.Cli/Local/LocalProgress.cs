using ModelPlatform.Cli.Output;
using ModelPlatform.Fetching;
using ModelPlatform.Sources;

namespace ModelPlatform.Cli.Local;

/// <summary>A local fetch on the live line. What is verified never goes back, even where a source is left and its chunks come again.</summary>
internal sealed class LocalProgress(Session session, LiveLine line) : IFetchProgress
{
    private readonly Lock gate = new();
    private readonly HashSet<(int, int)> chunks = [];
    private readonly long began = TimeProvider.System.GetTimestamp();
    private long? total;
    private long bytes;
    private long received;
    private int reused;

    public long BytesReused { get; private set; }

    public void Planned(FetchTotals plan)
    {
        lock (gate)
        {
            total = plan.TotalBytes;
        }
    }

    public void ChunkVerified(VerifiedChunk chunk)
    {
        lock (gate)
        {
            if (!chunks.Add((chunk.FileIndex, chunk.Index)))
            {
                return;
            }

            bytes += chunk.Length;
            (reused, BytesReused) = chunk.Reused ? (reused + 1, BytesReused + chunk.Length) : (reused, BytesReused);
            var speed = received / Math.Max(0.001, TimeProvider.System.GetElapsedTime(began).TotalSeconds);
            var fraction = total is > 0 ? Math.Min(1, (double)bytes / total.Value) : 0;
            line.Show(fraction, "downloading", () => $"{chunk.Path}  {LiveLine.Describe(fraction, bytes, total, speed, speed > 0 && total is { } all ? (all - bytes) / speed : null, reused)}");
        }
    }

    public void BytesReceived(int count) => Interlocked.Add(ref received, count);

    public void SourceFailed(string source, PlatformError error) => session.Terminal.Complain($"{source}: {error.Message}");
}
