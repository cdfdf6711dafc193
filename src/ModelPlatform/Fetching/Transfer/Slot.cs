namespace ModelPlatform.Fetching.Transfer;

/// <summary>One chunk's place in a file while it is being fetched. What has arrived of it is kept when the connection breaks.</summary>
internal sealed class Slot(int index, long offset, int length, ChunkBuffer buffer)
{
    private int isDone;
    private int isReleased;

    public int Index { get; } = index;

    public long Offset { get; } = offset;

    /// <summary>Bytes of the chunk; where the file's size is not known, the most it can have.</summary>
    public int Length { get; } = length;

    public ChunkBuffer Buffer { get; } = buffer;

    /// <summary>How much has arrived.</summary>
    public int Filled { get; set; }

    /// <summary>Who gave the last of its bytes, where the source draws on several.</summary>
    public string? Provider { get; set; }

    /// <summary>How often the bytes did not match the hash known for them.</summary>
    public int Mismatches { get; set; }

    public bool IsHedged { get; set; }

    public bool IsDone => Volatile.Read(ref isDone) != 0;

    /// <summary>Gives this holder's buffer back, once.</summary>
    public void Release()
    {
        if (Interlocked.Exchange(ref isReleased, 1) == 0)
        {
            Buffer.Release();
        }
    }

    /// <summary>Of the connection that was first and the one that was sent after it, one may finish the chunk.</summary>
    public bool TryFinish() => Interlocked.Exchange(ref isDone, 1) == 0;
}
