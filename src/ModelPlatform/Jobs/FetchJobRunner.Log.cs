using Microsoft.Extensions.Logging;

namespace ModelPlatform.Jobs;

internal sealed partial class FetchJobRunner
{
    [LoggerMessage(3101, LogLevel.Information, "Job {JobId} completed: {ModelId}, {Size} bytes")]
    private partial void LogCompleted(string jobId, Registry.ModelId modelId, long size);

    [LoggerMessage(3102, LogLevel.Warning, "Job {JobId} failed: {Code}: {Reason}")]
    private partial void LogFailed(string jobId, string code, string reason);

    [LoggerMessage(3103, LogLevel.Warning, "Job {JobId}: {Code}: {Reason} Retry {Retry} of {MaxRetries} in {Wait}")]
    private partial void LogRetries(string jobId, string code, string reason, int retry, int maxRetries, TimeSpan wait);

    [LoggerMessage(3104, LogLevel.Debug, "Job {JobId} was taken by another runner")]
    private partial void LogStepsAside(string jobId);

    [LoggerMessage(3105, LogLevel.Information, "Job {JobId} has another owner or was stopped; this runner leaves it")]
    private partial void LogFenced(string jobId);

    [LoggerMessage(3106, LogLevel.Information, "Job {JobId} goes back to the queue: this server stops")]
    private partial void LogReturned(string jobId);

    [LoggerMessage(3107, LogLevel.Error, "Job {JobId} broke")]
    private partial void LogBug(Exception exception, string jobId);
}
