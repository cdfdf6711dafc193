using Microsoft.Extensions.Logging;

namespace ModelPlatform.Jobs;

internal sealed partial class FetchJobSweep
{
    [LoggerMessage(Level = LogLevel.Information, Message = "[resources] ModelFetchWorker started")]
    private partial void LogStarted();

    [LoggerMessage(Level = LogLevel.Information, Message = "[ModelFetchWorker] Started (polling every {Milliseconds}ms, max {MaxConcurrent} concurrent jobs)")]
    private partial void LogPace(long milliseconds, int maxConcurrent);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Job {JobId} is taken over: its runner's lease has lapsed")]
    private partial void LogTakenOver(string jobId);

    [LoggerMessage(Level = LogLevel.Information, Message = "Job {JobId} is queued again: nobody had taken it")]
    private partial void LogQueuedAgain(string jobId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The sweep waits: Redis does not answer ({Reason})")]
    private partial void LogRedisAway(string reason);
}
