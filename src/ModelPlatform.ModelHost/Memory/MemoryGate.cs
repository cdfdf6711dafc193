namespace ModelPlatform.ModelHost.Memory;

/// <summary>Keeps loads from taking memory that is not there. What a load still under way will take counts as taken.</summary>
internal sealed class MemoryGate(RuntimeOptions options)
{
    private readonly Lock gate = new();
    private readonly Dictionary<object, (long Bytes, bool IsLoaded)> claims = [];

    /// <summary>Bytes a load may take now.</summary>
    public long Available
    {
        get
        {
            lock (gate)
            {
                return AvailableNow();
            }
        }
    }

    /// <summary>Claims memory for a load.</summary>
    /// <returns>Null where there is enough, else the bytes there are.</returns>
    public long? TryClaim(object owner, long bytes)
    {
        lock (gate)
        {
            var available = AvailableNow();
            if (bytes > available)
            {
                return available;
            }

            claims[owner] = (bytes, false);
            return null;
        }
    }

    /// <summary>The load is done: what it took is seen in the machine's figures from now on.</summary>
    public void Settle(object owner)
    {
        lock (gate)
        {
            if (claims.TryGetValue(owner, out var claim))
            {
                claims[owner] = (claim.Bytes, true);
            }
        }
    }

    /// <summary>The load failed, or the model was unloaded.</summary>
    public void Release(object owner)
    {
        lock (gate)
        {
            claims.Remove(owner);
        }
    }

    private long AvailableNow()
    {
        var machine = MachineMemory.Available() - claims.Values.Where(claim => !claim.IsLoaded).Sum(claim => claim.Bytes);
        return Math.Max(0, options.MemoryLimit > 0 ? Math.Min(machine, options.MemoryLimit - claims.Values.Sum(claim => claim.Bytes)) : machine);
    }
}
