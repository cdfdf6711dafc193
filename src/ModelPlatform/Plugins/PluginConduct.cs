namespace ModelPlatform.Plugins;

/// <summary>What one loaded plugin has been seen to do wrong. Holds nothing of the plugin itself, only text.</summary>
internal sealed class PluginConduct(TimeProvider time, Action<string> report)
{
    /// <summary>Calls that never came back: with so many the plugin is no longer asked.</summary>
    private const int TooManyHanging = 3;

    /// <summary>How long a fault is shown at least before a success clears it.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(60);

    private readonly Lock gate = new();
    private string? reason;
    private long at;
    private int hanging;

    /// <summary>The last fault; null where all is well.</summary>
    public string? Reason
    {
        get
        {
            lock (gate)
            {
                return reason;
            }
        }
    }

    /// <summary>So many calls hang in it that it is not asked any more.</summary>
    public bool IsLost => Volatile.Read(ref hanging) >= TooManyHanging;

    public void Failed(string what)
    {
        lock (gate)
        {
            (reason, at) = (what, time.GetTimestamp());
        }

        report(what);
    }

    public void Hung(string what)
    {
        Interlocked.Increment(ref hanging);
        Failed(what);
    }

    public void CameBack() => Interlocked.Decrement(ref hanging);

    public void Succeeded()
    {
        lock (gate)
        {
            if (reason is not null && hanging == 0 && time.GetElapsedTime(at) >= Memory)
            {
                reason = null;
            }
        }
    }
}
