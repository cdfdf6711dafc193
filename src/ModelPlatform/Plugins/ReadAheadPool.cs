namespace ModelPlatform.Plugins;

/// <summary>The part of <c>Fetch:MemoryBudget</c> that plugins may fill with bytes nobody has read yet; the rest is the fetches' own.</summary>
internal sealed class ReadAheadPool
{
    private const int Share = 8;
    private long left;

    private ReadAheadPool(long size) => left = Size = size;

    /// <summary>Bytes in all.</summary>
    public long Size { get; }

    /// <summary>Takes an eighth of a budget, and nothing of one that is small.</summary>
    public static ReadAheadPool Of(long budget, int chunkSize) => new(budget - (budget / Share) >= 4L * chunkSize ? budget / Share : 0);

    public bool TryTake(long bytes)
    {
        if (bytes >= 0 && Interlocked.Add(ref left, -bytes) >= 0)
        {
            return true;
        }

        Interlocked.Add(ref left, Math.Max(bytes, 0));
        return false;
    }

    public void Return(long bytes) => Interlocked.Add(ref left, bytes);
}
