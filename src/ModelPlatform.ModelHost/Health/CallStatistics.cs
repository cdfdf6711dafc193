namespace ModelPlatform.ModelHost.Health;

/// <summary>Counts inferences and remembers how long the last ones took.</summary>
internal sealed class CallStatistics(TimeProvider time)
{
    private const int Remembered = 512;

    private readonly Lock gate = new();
    private readonly double[] latencies = new double[Remembered];
    private long calls;
    private long failures;
    private long callsAtLook;
    private long failuresAtLook;

    public DateTimeOffset LastUsedAt { get; private set; } = time.GetUtcNow();

    public void Add(double milliseconds, bool hasFailed)
    {
        lock (gate)
        {
            latencies[calls % Remembered] = milliseconds;
            calls++;
            failures += hasFailed ? 1 : 0;
            LastUsedAt = time.GetUtcNow();
        }
    }

    /// <summary>Share of failed inferences since the last time this was asked; null where there was none.</summary>
    public double? TakeErrorRate()
    {
        lock (gate)
        {
            var (some, bad) = (calls - callsAtLook, failures - failuresAtLook);
            (callsAtLook, failuresAtLook) = (calls, failures);
            return some == 0 ? null : (double)bad / some;
        }
    }

    public (long Calls, long Failures, double Median, double P95) Read()
    {
        lock (gate)
        {
            var last = latencies.AsSpan(0, (int)Math.Min(calls, Remembered)).ToArray();
            Array.Sort(last);
            return last.Length == 0 ? (0, 0, 0, 0) : (calls, failures, last[last.Length / 2], last[last.Length * 95 / 100]);
        }
    }
}
