namespace ModelPlatform.Documents.Replication;

/// <summary>Gives each write a time later than every time seen before, and as close to the wall clock as that allows.</summary>
internal sealed class HybridClock(TimeProvider time)
{
    private HybridTime last;

    /// <summary>The newest time given or seen.</summary>
    public HybridTime Last => last;

    /// <summary>How far the newest time lies ahead of the wall clock.</summary>
    public TimeSpan Ahead => TimeSpan.FromMilliseconds(Math.Max(0, last.Milliseconds - time.GetUtcNow().ToUnixTimeMilliseconds()));

    /// <summary>The time of a write made now.</summary>
    public HybridTime Next() => last = HybridTime.Later(HybridTime.Of(time.GetUtcNow()), last.Next);

    /// <summary>Takes note of a time that came from elsewhere.</summary>
    public void Observe(HybridTime other) => last = HybridTime.Later(last, other);
}
