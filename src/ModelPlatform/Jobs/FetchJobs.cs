using Microsoft.Extensions.Options;
using ModelPlatform.Events;
using ModelPlatform.Jobs.Tracking;
using ModelPlatform.Plugins;
using ModelPlatform.Registry;
using ModelPlatform.Sources;
using StackExchange.Redis;
using Field = ModelPlatform.Jobs.FetchJobFields;

namespace ModelPlatform.Jobs;

internal sealed class FetchJobs(
    FetchJobStore store, FetchQueue queue, RunningFetches running, TrackedBranches branches, ISourceCatalog sources, IModelRegistry registry, IConnectionMultiplexer redis, IOptions<ModelFetchOptions> options, TimeProvider time)
    : IFetchJobs
{
    /// <summary>A status may change while somebody acts; so often it is looked at anew.</summary>
    private const int Tries = 20;

    public async Task<Result<FetchTicket>> CreateAsync(FetchJobRequest request, CancellationToken cancellationToken)
    {
        if (FetchJobRules.Check(request, sources.Names) is { } refusal)
        {
            return refusal;
        }

        var modelId = request.Model.ToString();
        if (await registry.FindCaseClashAsync(request.Model, cancellationToken) is { } clash)
        {
            return new PlatformError(ErrorCode.ModelNameConflict, $"Model {modelId} differs only in case from {clash}. Use that name or another one.");
        }

        if (await registry.FindAsync(new ModelReference(request.Model.Name, request.Model.Version, null), cancellationToken) is { } stored)
        {
            if (stored.Card.Origin != request.Origin)
            {
                return new PlatformError(ErrorCode.ModelNameConflict,
                    $"Model {modelId} already exists from a different source ({Describe(stored.Card.Origin)}). Delete it first or use a different modelName/modelVersion.");
            }

            if (request.Track)
            {
                await branches.NoteAsync(new TrackedBranch(request, stored.Manifest.Provenance?.Source?.Revision)).WaitAsync(cancellationToken);
            }

            if (!stored.Card.IsEvicted)
            {
                return new FetchTicket(stored.Id.ToString(), null, FetchStatus.Completed, Existing: true, "Model already exists with same source");
            }

            // The manifest stayed: exactly its bytes come back.
            request = request with { Revision = stored.Manifest.Provenance?.Source?.Revision ?? request.Revision, RepairOf = request.Origin };
        }

        for (var tries = 0; tries < Tries; tries++)
        {
            var jobId = Guid.CreateVersion7(time.GetUtcNow()).ToString("D");
            using var span = JobTelemetry.StartEnqueue(jobId, modelId);
            if (await store.TryAddAsync(jobId, request, request.MaxRetries ?? options.Value.MaxRetries).WaitAsync(cancellationToken))
            {
                await queue.TryEnqueueAsync(jobId, request.Priority, request.ScheduledAt);
                return new FetchTicket(modelId, jobId, FetchStatus.Queued, Existing: false, $"Job created successfully. Use GET /ModelFetchJob?id={jobId} to track progress.");
            }

            if (await store.FindActiveAsync(modelId) is { } activeId && await store.ReadAsync(activeId) is { } active)
            {
                return active.Job.ModelId == modelId
                    ? new FetchTicket(modelId, activeId, active.Status, Existing: true, $"A job for this model is active already. Use GET /ModelFetchJob?id={activeId} to track progress.")
                    : new PlatformError(ErrorCode.ModelNameConflict, $"Model {modelId} differs only in case from {active.Job.ModelId}, which job {activeId} is fetching. Use that name or another one.");
            }
        }

        return new PlatformError(ErrorCode.StorageFailed, $"The job for {modelId} could not be stored: jobs for it came and went too fast. Try again.");
    }

    public async Task<FetchJob?> FindAsync(string jobId, CancellationToken cancellationToken) => IsId(jobId) ? (await store.ReadAsync(jobId).WaitAsync(cancellationToken))?.Job : null;

    public Task<IReadOnlyList<FetchJob>> ListAsync(FetchStatus? status, string? modelName, int limit, CancellationToken cancellationToken) =>
        store.ListAsync(status, modelName, limit).WaitAsync(cancellationToken);

    public async Task<Result<FetchActionOutcome>> ActAsync(string jobId, FetchAction action, CancellationToken cancellationToken)
    {
        for (var tries = 0; tries < Tries; tries++)
        {
            if (!IsId(jobId) || await store.ReadAsync(jobId).WaitAsync(cancellationToken) is not { } job)
            {
                return new PlatformError(ErrorCode.JobNotFound, $"Job {jobId} not found");
            }

            var (to, refusal) = Plan(job, action);
            if (refusal is not null)
            {
                return refusal;
            }

            if (action == FetchAction.Retry && await store.FindActiveAsync(job.Job.ModelId) is { } activeId)
            {
                return new PlatformError(ErrorCode.InvalidState, $"Job {activeId} is fetching {job.Job.ModelId} already.");
            }

            if (await store.MoveAsync(job, to, await MoveAsync(job, action)).WaitAsync(cancellationToken))
            {
                await AfterAsync(job, to);
                return new FetchActionOutcome(jobId, to, Message(action));
            }
        }

        return new PlatformError(ErrorCode.StorageFailed, $"Job {jobId} changed too fast to {action.ToString().ToLowerInvariant()} it. Try again.");
    }

    private static bool IsId(string text) => Guid.TryParseExact(text, "D", out _);

    private static (FetchStatus To, PlatformError? Refusal) Plan(FetchJobRecord job, FetchAction action)
    {
        PlatformError Refuse(string why) => new(ErrorCode.InvalidState, $"Job {job.Id} {why} (current status: {job.Status.Word()})");
        return action switch
        {
            FetchAction.Retry => (FetchStatus.Queued, job.Status == FetchStatus.Failed ? null : Refuse("is not in failed state")),
            FetchAction.Resume => (FetchStatus.Queued, job.Status == FetchStatus.Paused ? null : Refuse("is not paused")),
            FetchAction.Pause => (FetchStatus.Paused, job.Status is FetchStatus.Queued or FetchStatus.Downloading ? null : Refuse("cannot be paused")),
            FetchAction.Cancel => (FetchStatus.Cancelled, job.Status is FetchStatus.Queued or FetchStatus.Downloading or FetchStatus.Paused ? null : Refuse("cannot be cancelled")),
            _ => throw new ArgumentOutOfRangeException(nameof(action)),
        };
    }

    private async Task<FetchJobMove> MoveAsync(FetchJobRecord job, FetchAction action)
    {
        var now = time.GetUtcNow();
        switch (action)
        {
            case FetchAction.Retry:
            case FetchAction.Resume:
                HashEntry[] fresh = action == FetchAction.Retry ? [new(Field.RetryCount, 0), new(Field.Takeovers, 0), new(Field.CompletedAt, RedisValue.EmptyString)] : [];
                return new FetchJobMove(EventTypes.JobQueued) { Fields = [.. fresh, new(Field.NextRetryAt, RedisValue.EmptyString)], DueAt = DueAgain(job, action, now) };
            case FetchAction.Pause:
                return new FetchJobMove(EventTypes.JobPaused) { Fields = [job.EndAttempt(now)] };
            default:
                var files = await redis.GetDatabase().SetMembersAsync(FetchJobKeys.JournalFiles(job.Id));
                return new FetchJobMove(EventTypes.JobCancelled)
                {
                    Fields = [job.EndAttempt(now), new(Field.CompletedAt, now.ToUnixTimeMilliseconds())],
                    Also = transaction => RedisFetchJournal.Forget(transaction, job.Id, files),
                };
        }
    }

    private async Task AfterAsync(FetchJobRecord job, FetchStatus to)
    {
        if (to == FetchStatus.Queued)
        {
            await queue.TryEnqueueAsync(job.Id, job.Request.Priority, job.Request.ScheduledAt);
        }
        else
        {
            await running.TellAsync(job.Id);
        }

        if (to == FetchStatus.Cancelled)
        {
            JobTelemetry.CountEnd(to, null, job.Job.StartedAt is { } began ? time.GetUtcNow() - began : null);
        }
    }

    private static DateTimeOffset DueAgain(FetchJobRecord job, FetchAction action, DateTimeOffset now) =>
        action == FetchAction.Resume && job.Request.ScheduledAt is { } scheduled && scheduled > now ? scheduled : now;

    private static string Message(FetchAction action) => action switch
    {
        FetchAction.Retry => "Job reset to queued for retry",
        FetchAction.Cancel => "Job cancelled",
        FetchAction.Pause => "Job paused",
        _ => "Job resumed",
    };

    private static string Describe(FetchOrigin? origin) => origin is null
        ? "uploaded"
        : $"{origin.Source}:{origin.Reference}{(origin.Variant is null ? "" : $", variant {origin.Variant}")}{(origin.Revision is null ? "" : $", revision {origin.Revision}")}";
}
