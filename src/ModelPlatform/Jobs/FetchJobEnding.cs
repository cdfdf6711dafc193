using ModelPlatform.Events;
using ModelPlatform.Jobs.Tracking;
using ModelPlatform.Jobs.Webhooks;
using ModelPlatform.Registry;
using ModelPlatform.Sources;
using StackExchange.Redis;
using Field = ModelPlatform.Jobs.FetchJobFields;

namespace ModelPlatform.Jobs;

/// <summary>The moves by which a run of a job ends, each of them once, also when Redis goes away in the middle.</summary>
internal sealed class FetchJobEnding(FetchJobStore store, WebhookOutbox webhooks, IConnectionMultiplexer redis, TimeProvider time)
{
    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(1);

    public async Task CompleteAsync(FetchJobRecord job, ModelEntry entry, FetchProgress progress, CancellationToken cancellationToken)
    {
        var files = await WithRedisAsync(() => redis.GetDatabase().SetMembersAsync(FetchJobKeys.JournalFiles(job.Id)), cancellationToken);
        var modelId = entry.Id.ToString();
        HashEntry[] fields =
        [
            .. progress.Finish(null), new(Field.CompletedAt, Now()), new(Field.ResultModelId, modelId), new(Field.TotalBytes, entry.Size), new(Field.DownloadedBytes, entry.Size),
            new(Field.LastError, RedisValue.EmptyString), new(Field.ErrorCode, RedisValue.EmptyString),
        ];
        await EndAsync(job, FetchStatus.Completed, entry, null, new FetchJobMove(EventTypes.JobCompleted)
        {
            Fields = fields,
            EventData = new() { ["size"] = entry.Size, ["resultModelId"] = modelId },
            Also = transaction =>
            {
                RedisFetchJournal.Forget(transaction, job.Id, files);
                if (job.Request.Track)
                {
                    TrackedBranches.Note(transaction, new TrackedBranch(job.Request, entry.Manifest.Provenance?.Source?.Revision));
                }
            },
        }, cancellationToken);
    }

    public Task FailAsync(FetchJobRecord job, IEnumerable<HashEntry> runFields, PlatformError error, CancellationToken cancellationToken) =>
        EndAsync(job, FetchStatus.Failed, null, error.Code.WireName(), new FetchJobMove(EventTypes.JobFailed)
        {
            Fields = [.. runFields, new(Field.CompletedAt, Now()), .. ErrorFields(error)],
            EventData = new() { ["errorCode"] = error.Code.WireName(), ["error"] = error.Message },
        }, cancellationToken);

    public Task<bool> RetryLaterAsync(FetchJobRecord job, FetchProgress progress, PlatformError error, int retryCount, DateTimeOffset next, CancellationToken cancellationToken) =>
        MoveAsync(job, FetchStatus.Queued, new FetchJobMove(EventTypes.JobRetry)
        {
            Fields =
            [
                .. progress.Finish(error.Code.WireName()), .. ErrorFields(error), new(Field.RetryCount, retryCount), new(Field.NextRetryAt, next.ToUnixTimeMilliseconds()),
            ],
            EventData = new() { ["errorCode"] = error.Code.WireName(), ["error"] = error.Message, ["retryCount"] = retryCount, ["nextRetryAt"] = next.UtcDateTime },
            DueAt = next,
        }, cancellationToken);

    /// <summary>For a server that stops. Bounded: what does not succeed here, the other servers do once the lease has lapsed.</summary>
    public async Task ReturnToQueueAsync(FetchJobRecord job, FetchProgress progress)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5), time);
        try
        {
            await MoveAsync(job, FetchStatus.Queued, new FetchJobMove(EventTypes.JobQueued) { Fields = [.. progress.Finish(null)] }, patience.Token);
        }
        catch (OperationCanceledException)
        {
            // Redis is away as well; the lease lapses by itself.
        }
    }

    /// <summary>Carries a move out, waiting for Redis where it is away.</summary>
    /// <returns>False where the job is not this runner's any more.</returns>
    public async Task<bool> MoveAsync(FetchJobRecord job, FetchStatus to, FetchJobMove move, CancellationToken cancellationToken)
    {
        for (var unsure = false; ;)
        {
            try
            {
                if (await store.MoveAsync(job, to, move).WaitAsync(cancellationToken))
                {
                    return true;
                }

                // An answer that was lost may have been a yes.
                return unsure && await store.ReadAsync(job.Id) is { } now && now.Status == to && now.Fence == job.Fence + (move.ChangesOwner ? 1 : 0);
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                unsure = true;
                await Task.Delay(BetweenTries, time, cancellationToken);
            }
        }
    }

    /// <summary>Ends a job, and with the same stroke leaves word for whoever asked to be told.</summary>
    private async Task EndAsync(FetchJobRecord job, FetchStatus to, ModelEntry? model, string? error, FetchJobMove move, CancellationToken cancellationToken)
    {
        using var span = JobTelemetry.StartEnd(to)?.SetTag("error.type", error);
        string? message = null;
        if (job.Request.WebhookUrl is { } url)
        {
            var ended = await WithRedisAsync(() => store.ForeseeAsync(job.Id, [.. move.Fields, new(Field.Status, to.Word())]), cancellationToken);
            var payload = WebhookPayload.For(ended, model);
            var also = move.Also;
            move = move with
            {
                Also = transaction =>
                {
                    also?.Invoke(transaction);
                    message = webhooks.Stage(transaction, url, payload);
                },
            };
        }

        if (!await MoveAsync(job, to, move, cancellationToken))
        {
            return;
        }

        JobTelemetry.CountEnd(to, error, time.GetUtcNow() - (job.Job.StartedAt ?? time.GetUtcNow()));
        if (message is not null)
        {
            webhooks.TryEnqueue(message);
        }
    }

    private async Task<T> WithRedisAsync<T>(Func<Task<T>> operation, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await operation().WaitAsync(cancellationToken);
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                await Task.Delay(BetweenTries, time, cancellationToken);
            }
        }
    }

    private static HashEntry[] ErrorFields(PlatformError error) => [new(Field.LastError, error.Message), new(Field.ErrorCode, error.Code.WireName())];

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();
}
