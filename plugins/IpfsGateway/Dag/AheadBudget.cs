using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.IpfsGateway.Dag;

/// <summary>How many bytes all open files together may hold that nobody has read yet: what the host allows, up to a limit of this source.</summary>
internal sealed class AheadBudget(long bytes, SourceContext context)
{
    private long left = bytes;

    public bool TryTake(long count)
    {
        if (Interlocked.Add(ref left, -count) >= 0 && context.TryReserveMemory(count))
        {
            return true;
        }

        Interlocked.Add(ref left, count);
        return false;
    }

    public void Return(long count)
    {
        Interlocked.Add(ref left, count);
        context.ReleaseMemory(count);
    }
}
