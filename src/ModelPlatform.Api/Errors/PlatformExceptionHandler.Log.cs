namespace ModelPlatform.Api.Errors;

internal sealed partial class PlatformExceptionHandler
{
    [LoggerMessage(6001, LogLevel.Warning, "{Method} {Path} failed: {Code}: {Message}")]
    private partial void LogFailure(string code, string message, string method, PathString path);

    [LoggerMessage(6002, LogLevel.Warning, "{Method} {Path} failed: a store does not answer")]
    private partial void LogStore(Exception exception, string method, PathString path);

    [LoggerMessage(6003, LogLevel.Error, "{Method} {Path} failed unexpectedly")]
    private partial void LogUnexpected(Exception exception, string method, PathString path);
}
