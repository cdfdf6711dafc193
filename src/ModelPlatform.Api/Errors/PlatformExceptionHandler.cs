using Microsoft.AspNetCore.Diagnostics;
using ModelPlatform.Sources;
using StackExchange.Redis;

namespace ModelPlatform.Api.Errors;

/// <summary>The answer where an exception left an endpoint: a known failure its own, anything else INTERNAL_ERROR and a line in the log.</summary>
internal sealed partial class PlatformExceptionHandler(ILogger<PlatformExceptionHandler> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (httpContext.RequestAborted.IsCancellationRequested)
        {
            return true;
        }

        await Answer(httpContext, exception).ExecuteAsync(httpContext);
        return true;
    }

    private ProblemResult Answer(HttpContext context, Exception exception)
    {
        switch (exception)
        {
            case PlatformException { Error: var error }:
                LogFailure(error.Code.WireName(), error.Message, context.Request.Method, context.Request.Path);
                return error.ToProblem();
            case BadHttpRequestException failure:
                return BindingFailure.ToProblem(failure);
            case RedisException or RedisTimeoutException:
                LogStore(exception, context.Request.Method, context.Request.Path);
                return new PlatformError(ErrorCode.StorageFailed, "Redis does not answer; try again.") { RetryAfter = TimeSpan.FromSeconds(2) }.ToProblem();
            default:
                LogUnexpected(exception, context.Request.Method, context.Request.Path);
                return new PlatformError(ErrorCode.InternalError, "An internal error occurred.").ToProblem();
        }
    }
}
