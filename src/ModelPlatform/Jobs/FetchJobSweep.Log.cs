using Microsoft.Extensions.Logging;

namespace ModelPlatform.Jobs;

internal sealed partial class FetchJobSweep
{
    [LoggerMessage(3111, LogLevel.Information, "[resources] ModelFetchWorker started")]
    private partial void LogStarted();

    [LoggerMessage(3112, LogLevel.Information, "[ModelFetchWorker] Started (polling every {Milliseconds}ms, max {MaxConcurrent} concurrent jobs)")]
    private partial void LogPace(long milliseconds, int maxConcurrent);

    [LoggerMessage(3113, LogLevel.Warning, "Job {JobId} is taken over: its runner's lease has lapsed")]
    private partial void LogTakenOver(string jobId);

    [LoggerMessage(3114, LogLevel.Information, "Job {JobId} is queued again: nobody had taken it")]
    private partial void LogQueuedAgain(string jobId);

    [LoggerMessage(3115, LogLevel.Warning, "The sweep waits: Redis does not answer ({Reason})")]
    private partial void LogRedisAway(string reason);
}
