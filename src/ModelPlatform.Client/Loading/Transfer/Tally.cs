using ModelPlatform.Manifests;

namespace ModelPlatform.Client.Loading.Transfer;

/// <summary>What is here and proven, over all files of a load.</summary>
internal sealed class Tally(Manifest manifest, IProgress<LoadProgress>? progress, TimeProvider time)
{
    private readonly long total = manifest.Artifacts.Sum(file => file.Size);
    private readonly int totalChunks = manifest.Artifacts.Sum(file => file.Chunking.ChunkCount);
    private readonly Lock gate = new();
    private long bytes;
    private long downloaded;
    private int chunks;
    private int chunksReused;
    private long began;

    public long BytesReused { get; private set; }

    /// <summary>Where the last downloaded byte came from; null where none was.</summary>
    public string? Source { get; set; }

    public void Add(long length, int count, bool isReused)
    {
        lock (gate)
        {
            bytes += length;
            chunks += count;
            if (isReused)
            {
                BytesReused += length;
                chunksReused += count;
            }
            else
            {
                downloaded += length;
            }

            Report("downloading", isVerified: false);
        }
    }

    /// <summary>All of it was here before.</summary>
    public void Cached()
    {
        lock (gate)
        {
            (bytes, BytesReused, chunks, chunksReused) = (total, total, totalChunks, totalChunks);
        }
    }

    /// <summary>The downloading begins: its speed is measured from here.</summary>
    public void Begin()
    {
        lock (gate)
        {
            began = began == 0 ? time.GetTimestamp() : began;
        }
    }

    public void Finish()
    {
        lock (gate)
        {
            Report(downloaded == 0 && Source is null ? "cached" : "complete", isVerified: true);
        }
    }

    private void Report(string status, bool isVerified)
    {
        var speed = began != 0 && downloaded > 0 && time.GetElapsedTime(began).TotalSeconds is > 0 and var seconds ? downloaded / seconds : (double?)null;
        progress?.Report(new LoadProgress(
            manifest.Model.Id, status, total == 0 || isVerified ? 1 : (double)bytes / total, chunks, totalChunks, chunksReused, bytes, total, speed, speed > 0 ? (total - bytes) / speed : null, isVerified));
    }
}
