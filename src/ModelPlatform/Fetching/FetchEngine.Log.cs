using Microsoft.Extensions.Logging;

namespace ModelPlatform.Fetching;

internal sealed partial class FetchEngine
{
    [LoggerMessage(2101, LogLevel.Information, "Fetching {Model}: {Files} files from {Source} at revision {Revision}")]
    private partial void LogPlanned(string model, int files, string source, string? revision);

    [LoggerMessage(2102, LogLevel.Information, "Resuming {Model} with the plan of an earlier run")]
    private partial void LogResumed(string model);

    [LoggerMessage(2103, LogLevel.Warning, "{Model} changed at its source while it was being fetched; planning anew")]
    private partial void LogMoved(string model);

    [LoggerMessage(2104, LogLevel.Warning, "Fetching {Model} ended with {Code}: {Reason}")]
    private partial void LogFailed(string model, string code, string reason);

    [LoggerMessage(2105, LogLevel.Warning, "{Path} of {Model} was not had from {Source} ({Reference}), {Code}: {Reason}")]
    private partial void LogSkipped(string path, string model, string source, string reference, string code, string reason);
}
