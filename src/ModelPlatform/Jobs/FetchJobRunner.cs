using Hangfire;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ModelPlatform.Events;
using ModelPlatform.Fetching;
using ModelPlatform.Registry;
using ModelPlatform.Sources;
using StackExchange.Redis;
using Field = ModelPlatform.Jobs.FetchJobFields;

namespace ModelPlatform.Jobs;

/// <summary>Runs one fetch under a lease, from taking the job to its next state. Hangfire calls it; calling it twice, or for a job that is not to be run, does nothing.</summary>
internal sealed partial class FetchJobRunner(
    FetchJobStore store,
    FetchQueue queue,
    FetchJobEnding ending,
    RunningFetches running,
    WorkerControl control,
    IConnectionMultiplexer redis,
    IFetchEngine engine,
    IModelRegistry registry,
    IEventLog events,
    IOptions<ModelFetchOptions> options,
    TimeProvider time,
    ILogger<FetchJobRunner> logger)
{
    /// <summary>Hangfire cuts the times of scheduled calls down to whole seconds.</summary>
    private static readonly TimeSpan HangfireResolution = TimeSpan.FromSeconds(1.1);

    /// <summary>Takes the job if it is queued and due, and carries it to its next state.</summary>
    /// <exception cref="OperationCanceledException">The server stops: the job is in the queue again, with its journal.</exception>
    [AutomaticRetry(Attempts = 0, OnAttemptsExceeded = AttemptsExceededAction.Delete)]
    [JobDisplayName("Fetch {0}")]
    public async Task RunAsync(string jobId, CancellationToken shutdown)
    {
        await control.UntilEnabledAsync(shutdown);
        if (await store.ReadAsync(jobId) is not { Status: FetchStatus.Queued } queued || queued.DueAt - time.GetUtcNow() is var early && early > HangfireResolution)
        {
            return;
        }

        if (early > TimeSpan.Zero)
        {
            await Task.Delay(early, time, shutdown);
        }

        using var span = JobTelemetry.StartRun(queued);
        var now = time.GetUtcNow();
        var progress = new FetchProgress(store, events, queued, time);
        var taken = await store.MoveAsync(queued, FetchStatus.Downloading, new FetchJobMove(EventTypes.DownloadStart)
        {
            OnlyWithoutLease = true,
            Lease = new FetchLeaseTerm(control.ServerName, FetchLease.TimeToLive),
            Fields = [progress.Begin(), new(Field.StartedAt, (queued.Job.StartedAt ?? now).ToUnixTimeMilliseconds()), new(Field.NextRetryAt, RedisValue.EmptyString)],
            EventData = new() { ["source"] = queued.Request.Source, ["sourceReference"] = queued.Request.SourceReference },
        });
        if (!taken)
        {
            LogStepsAside(jobId);
            return;
        }

        var job = queued.As(FetchStatus.Downloading, queued.Fence + 1);
        await using var lease = new FetchLease(store, jobId, job.Fence, control.ServerName, time, logger);
        running.Add(lease);
        try
        {
            await RunAsync(job, lease, progress, shutdown);
        }
        finally
        {
            running.Remove(lease);
        }
    }

    private async Task RunAsync(FetchJobRecord job, FetchLease lease, FetchProgress progress, CancellationToken shutdown)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(shutdown, lease.Lost);
        try
        {
            var fetched = await FetchAsync(job, lease, progress, stop.Token);
            if (!fetched.TryGet(out var model, out var error))
            {
                await FailAsync(job, progress, error, stop.Token);
                return;
            }

            if (!await ending.MoveAsync(job, FetchStatus.Processing, new FetchJobMove(EventTypes.DownloadComplete) { ChangesOwner = false, Fields = progress.Take() }, stop.Token))
            {
                LogFenced(job.Id);
                return;
            }

            job = job.As(FetchStatus.Processing, job.Fence);
            var published = await PublishAsync(job, model, stop.Token);
            if (published.TryGet(out var entry, out error))
            {
                await ending.CompleteAsync(job, entry, progress, stop.Token);
                LogCompleted(job.Id, entry.Id, entry.Size);
            }
            else
            {
                await FailAsync(job, progress, error, stop.Token);
            }
        }
        catch (StaleLeaseException)
        {
            LogFenced(job.Id);
        }
        catch (OperationCanceledException) when (lease.Lost.IsCancellationRequested)
        {
            LogFenced(job.Id);
        }
        catch (OperationCanceledException) when (shutdown.IsCancellationRequested)
        {
            await ending.ReturnToQueueAsync(job, progress);
            LogReturned(job.Id);
            throw;
        }
    }

    /// <summary>A repair knows from the manifest which chunks it must end with: those still in the store are not downloaded, and the rest may be nothing else.</summary>
    private async ValueTask<FetchRequest> RequestAsync(FetchJobRequest request, CancellationToken cancellationToken)
    {
        var fetch = request.ToFetchRequest();
        return request.RepairOf is not null && await registry.FindAsync(new ModelReference(request.Model.Name, request.Model.Version, null), cancellationToken) is { } entry
            ? fetch with { KnownFiles = [.. entry.Manifest.Artifacts.Select(artifact => new FetchedFile(artifact.Path, artifact.Size, artifact.Sha256, artifact.Chunking.ChunkSize, artifact.Chunking.ChunkHashes))] }
            : fetch;
    }

    private async Task<Result<FetchedModel>> FetchAsync(FetchJobRecord job, FetchLease lease, FetchProgress progress, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var writing = progress.WriteAsync(lease, ended.Token);
        try
        {
            using var journal = new RedisFetchJournal(store, redis.GetDatabase(), job.Id, job.Fence);
            return await engine.FetchAsync(await RequestAsync(job.Request, cancellationToken), journal, progress, cancellationToken);
        }
        catch (PlatformException exception)
        {
            return exception.Error;
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            return new PlatformError(ErrorCode.StorageFailed, "Redis did not answer during the fetch. It is tried again.");
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or StaleLeaseException))
        {
            LogBug(exception, job.Id);
            return new PlatformError(ErrorCode.InternalError, $"The fetch broke on a bug ({exception.GetType().Name}); the job server's log has the details.");
        }
        finally
        {
            await ended.CancelAsync();
            await writing;
        }
    }

    private async Task<Result<ModelEntry>> PublishAsync(FetchJobRecord job, FetchedModel model, CancellationToken cancellationToken)
    {
        async ValueTask Fence(CancellationToken token)
        {
            if (!await store.IsOwnedAsync(job.Id, job.Fence).WaitAsync(token))
            {
                throw new StaleLeaseException($"Job {job.Id} has another owner.");
            }
        }

        try
        {
            return await registry.PublishAsync(job.Request.Model, model, FetchedModelCard.For(job.Request, model, time.GetUtcNow()), Fence, cancellationToken);
        }
        catch (PlatformException exception)
        {
            return exception.Error;
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            return new PlatformError(ErrorCode.StorageFailed, "Redis did not answer during publication. It is tried again.");
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or StaleLeaseException))
        {
            LogBug(exception, job.Id);
            return new PlatformError(ErrorCode.InternalError, $"Publication broke on a bug ({exception.GetType().Name}); the job server's log has the details.");
        }
    }

    private async Task FailAsync(FetchJobRecord job, FetchProgress progress, PlatformError error, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var retries = progress.HasDownloaded ? 0 : job.Job.RetryCount;
        if (FetchRetryPolicy.Next(error, retries, job.Job.MaxRetries, options.Value.InitialRetryDelay, Random.Shared.NextDouble()) is not { } wait)
        {
            await ending.FailAsync(job, progress.Finish(error.Code.WireName()), error, cancellationToken);
            LogFailed(job.Id, error.Code.WireName(), error.Message);
            return;
        }

        var next = time.GetUtcNow() + wait;
        if (await ending.RetryLaterAsync(job, progress, error, retries + 1, next, cancellationToken))
        {
            await queue.TryEnqueueAsync(job.Id, job.Request.Priority, next);
            JobTelemetry.CountRetry(error.Code.WireName());
            LogRetries(job.Id, error.Code.WireName(), error.Message, retries + 1, job.Job.MaxRetries, wait);
        }
    }
}
