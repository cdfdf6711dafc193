using ModelPlatform.Sources;

namespace ModelPlatform.Jobs;

/// <summary>Whether, and when, a failed try is followed by another one.</summary>
internal static class FetchRetryPolicy
{
    /// <summary>No source may make a job wait longer.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    /// <summary>For a source that is over its limit and does not say how long.</summary>
    private static readonly TimeSpan UnstatedWait = TimeSpan.FromSeconds(60);

    /// <summary>Decides about the next try.</summary>
    /// <param name="error">What ended this one.</param>
    /// <param name="retries">Retries since there was last progress.</param>
    /// <param name="maxRetries">How many there may be.</param>
    /// <param name="initialDelay">Wait before the first.</param>
    /// <param name="chance">0 to 1: how much of the jitter (up to a tenth, so that jobs that failed together do not come back together).</param>
    /// <returns>The wait; null where the job has failed.</returns>
    public static TimeSpan? Next(PlatformError error, int retries, int maxRetries, TimeSpan initialDelay, double chance)
    {
        if (!error.IsRetryable || retries >= maxRetries)
        {
            return null;
        }

        var wait = initialDelay * Math.Pow(2, Math.Min(retries, 20));
        var asked = error.RetryAfter ?? (error.Code == ErrorCode.RateLimited ? UnstatedWait : TimeSpan.Zero);
        wait = asked > TimeSpan.Zero ? asked : wait;
        return (wait < LongestWait ? wait : LongestWait) * (1 + 0.1 * chance);
    }
}
