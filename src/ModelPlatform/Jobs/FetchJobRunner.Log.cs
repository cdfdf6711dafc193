using Microsoft.Extensions.Logging;

namespace ModelPlatform.Jobs;

internal sealed partial class FetchJobRunner
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Job {JobId} completed: {ModelId}, {Size} bytes")]
    private partial void LogCompleted(string jobId, Registry.ModelId modelId, long size);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Job {JobId} failed: {Code}: {Reason}")]
    private partial void LogFailed(string jobId, string code, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Job {JobId}: {Code}: {Reason} Retry {Retry} of {MaxRetries} in {Wait}")]
    private partial void LogRetries(string jobId, string code, string reason, int retry, int maxRetries, TimeSpan wait);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Job {JobId} was taken by another runner")]
    private partial void LogStepsAside(string jobId);

    [LoggerMessage(Level = LogLevel.Information, Message = "Job {JobId} has another owner or was stopped; this runner leaves it")]
    private partial void LogFenced(string jobId);

    [LoggerMessage(Level = LogLevel.Information, Message = "Job {JobId} goes back to the queue: this server stops")]
    private partial void LogReturned(string jobId);

    [LoggerMessage(Level = LogLevel.Error, Message = "Job {JobId} broke")]
    private partial void LogBug(Exception exception, string jobId);
}
