using Hangfire;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;
using Field = ModelPlatform.Jobs.FetchJobFields;
using Key = ModelPlatform.Jobs.FetchJobKeys;

namespace ModelPlatform.Jobs;

/// <summary>Forgets ended jobs that are old, or too many, so that Redis does not grow with every fetch there ever was. What is queued, paused or running stays.</summary>
internal sealed partial class JobRetention(IConnectionMultiplexer redis, FetchJobStore store, IOptions<JobOptions> options, TimeProvider time, ILogger<JobRetention> logger)
{
    private const int Batch = 1_000;
    private const int AtOnce = 8;
    private static readonly FetchStatus[] Ended = [FetchStatus.Completed, FetchStatus.Failed, FetchStatus.Cancelled];

    private readonly IDatabase database = redis.GetDatabase();

    [AutomaticRetry(Attempts = 0, OnAttemptsExceeded = AttemptsExceededAction.Delete)]
    [DisableConcurrentExecution(1)]
    [JobDisplayName("Forget old jobs")]
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var forgotten = 0;
        while (await ListAsync() is { Count: > 0 } old)
        {
            var before = forgotten;
            await Parallel.ForEachAsync(old, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (job, _) =>
            {
                if (await ForgetAsync(job.Id, job.Status))
                {
                    Interlocked.Increment(ref forgotten);
                }
            });
            if (forgotten == before)
            {
                break;
            }
        }

        if (forgotten > 0)
        {
            LogForgotten(forgotten);
        }
    }

    /// <summary>Some of those to forget, oldest first.</summary>
    private async Task<IReadOnlyList<(string Id, FetchStatus Status)>> ListAsync()
    {
        var total = 0L;
        var oldest = new List<(string Id, double At, FetchStatus Status)>();
        foreach (var status in Ended)
        {
            total += await store.CountAsync(status);
            oldest.AddRange((await database.SortedSetRangeByRankWithScoresAsync(Key.OfStatus(status), 0, Batch - 1)).Select(entry => ((string)entry.Element!, entry.Score, status)));
        }

        var surplus = (int)Math.Clamp(total - options.Value.Kept, 0, Batch);
        double tooOld = options.Value.KeptDays == 0 ? 0 : (time.GetUtcNow() - TimeSpan.FromDays(options.Value.KeptDays)).ToUnixTimeMilliseconds();
        return [.. oldest.OrderBy(job => job.At).Where((job, index) => index < surplus || job.At < tooOld).Select(job => (job.Id, job.Status))];
    }

    /// <summary>Removes a record with all that hangs on it, unless somebody retries the job in this moment.</summary>
    private async Task<bool> ForgetAsync(string id, FetchStatus status)
    {
        var transaction = database.CreateTransaction();
        if (await store.ReadAsync(id) is { } job)
        {
            transaction.AddCondition(Condition.HashEqual(Key.Job(id), Field.Status, status.Word()));
            transaction.AddCondition(Condition.HashEqual(Key.Job(id), Field.Fence, job.Fence));
            RedisFetchJournal.Forget(transaction, id, await database.SetMembersAsync(Key.JournalFiles(id)));
            _ = transaction.KeyDeleteAsync(Key.Job(id));
            _ = transaction.SortedSetRemoveAsync(Key.OfModel(job.Job.ModelName), id);
        }

        _ = transaction.SortedSetRemoveAsync(Key.OfStatus(status), id);
        _ = transaction.SortedSetRemoveAsync(Key.All, id);
        return await transaction.ExecuteAsync();
    }

    [LoggerMessage(3171, LogLevel.Information, "Forgot {Count} ended jobs")]
    private partial void LogForgotten(int count);
}
