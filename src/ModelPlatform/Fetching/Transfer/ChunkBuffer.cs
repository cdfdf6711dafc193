namespace ModelPlatform.Fetching.Transfer;

/// <summary>A piece of the memory budget, given back when the last holder releases it.</summary>
internal sealed class ChunkBuffer(BufferBudget budget, byte[] array, int length)
{
    private int holders = 1;

    public int Length { get; } = length;

    public Memory<byte> Memory => array.AsMemory(0, Length);

    public byte[] Array => array;

    public void Hold() => Interlocked.Increment(ref holders);

    public void Release()
    {
        if (Interlocked.Decrement(ref holders) == 0)
        {
            budget.Return(this);
        }
    }
}
