using ModelPlatform.Sources;

namespace ModelPlatform.Jobs;

/// <summary>The fetch jobs, for everyone who asks for models: the API, the Hub mirror, branch tracking.</summary>
/// <remarks>Members throw <see cref="StackExchange.Redis.RedisException"/> or <see cref="TimeoutException"/> where Redis does not answer; whoever got an answer can rely on it.</remarks>
public interface IFetchJobs
{
    /// <summary>Accepts a request. Once this returns, the job survives the loss of any process.</summary>
    /// <returns>
    /// The new job, the one already active for the model, or the model already stored from the same origin. Otherwise InvalidRequest, InvalidSource, SecurityViolation,
    /// UnsupportedFramework, or ModelNameConflict where the name holds something else.
    /// </returns>
    Task<Result<FetchTicket>> CreateAsync(FetchJobRequest request, CancellationToken cancellationToken);

    /// <summary>One job; null where there is none.</summary>
    Task<FetchJob?> FindAsync(string jobId, CancellationToken cancellationToken);

    /// <summary>Jobs, newest first.</summary>
    /// <param name="status">Only those in this status.</param>
    /// <param name="modelName">Only those for this model, all its versions.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    Task<IReadOnlyList<FetchJob>> ListAsync(FetchStatus? status, string? modelName, int limit, CancellationToken cancellationToken);

    /// <summary>Does something to a job.</summary>
    /// <returns>The job's new status and a sentence; JobNotFound, or InvalidState where its state forbids the action.</returns>
    Task<Result<FetchActionOutcome>> ActAsync(string jobId, FetchAction action, CancellationToken cancellationToken);
}

/// <summary>What became of a request.</summary>
/// <param name="ModelId"><c>name:version</c>.</param>
/// <param name="JobId">The job; null where the model is stored already.</param>
/// <param name="Status">Where the job stands; completed where there is none.</param>
/// <param name="Existing">Nothing new was begun.</param>
/// <param name="Message">A sentence for people.</param>
public sealed record FetchTicket(string ModelId, string? JobId, FetchStatus Status, bool Existing, string Message);

/// <summary>What can be done to a job.</summary>
public enum FetchAction
{
    /// <summary>A failed one starts anew, from its journal.</summary>
    Retry,

    /// <summary>End it.</summary>
    Cancel,

    /// <summary>Stop it and keep what is verified.</summary>
    Pause,

    /// <summary>Let a paused one go on.</summary>
    Resume,
}

/// <summary>What an action did.</summary>
/// <param name="JobId">The job.</param>
/// <param name="Status">Where it stands now.</param>
/// <param name="Message">A sentence for people.</param>
public sealed record FetchActionOutcome(string JobId, FetchStatus Status, string Message);
