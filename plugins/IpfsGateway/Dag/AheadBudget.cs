namespace ModelPlatform.Plugins.IpfsGateway.Dag;

/// <summary>How many bytes all open files together may hold that nobody has read yet.</summary>
internal sealed class AheadBudget(long bytes)
{
    private long left = bytes;

    public bool TryTake(long count)
    {
        if (Interlocked.Add(ref left, -count) >= 0)
        {
            return true;
        }

        Interlocked.Add(ref left, count);
        return false;
    }

    public void Return(long count) => Interlocked.Add(ref left, count);
}
