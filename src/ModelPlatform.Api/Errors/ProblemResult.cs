using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using ModelPlatform.Sources;

namespace ModelPlatform.Api.Errors;

/// <summary>Answers with a <see cref="PlatformError"/> as RFC 9457 problem details with <c>error</c>, <c>code</c> and <c>retryable</c>.</summary>
internal sealed class ProblemResult(PlatformError error, IReadOnlyDictionary<string, string[]>? errors = null) : IResult, IStatusCodeHttpResult
{
    private const string InternalErrorText = "An internal error occurred. The trace id finds it in the log.";

    public PlatformError Error { get; } = error;

    public int? StatusCode => Error.Code.HttpStatus();

    public Task ExecuteAsync(HttpContext httpContext)
    {
        if (Error.RetryAfter is { } wait)
        {
            httpContext.Response.Headers.RetryAfter = Seconds(wait).ToString(CultureInfo.InvariantCulture);
        }

        if (Error.Code is ErrorCode.Unauthorized)
        {
            httpContext.Response.Headers.WWWAuthenticate = "Bearer";
        }

        return TypedResults.Problem(Describe(httpContext)).ExecuteAsync(httpContext);
    }

    /// <summary>The framework adds a trace id to every problem; only INTERNAL_ERROR carries one.</summary>
    internal static void KeepTraceIdToBugs(ProblemDetails problem)
    {
        if (problem.Extensions.TryGetValue("code", out var code) && code is not "INTERNAL_ERROR")
        {
            problem.Extensions.Remove("traceId");
        }
    }

    private ProblemDetails Describe(HttpContext context)
    {
        // What went wrong inside is for the log, not for the caller.
        var text = Error.Code is ErrorCode.InternalError ? InternalErrorText : Error.Message;
        var problem = new ProblemDetails { Status = StatusCode, Detail = text };
        problem.Extensions["error"] = text;
        problem.Extensions["code"] = Error.Code.WireName();
        problem.Extensions["retryable"] = Error.IsRetryable;
        if (errors is not null)
        {
            problem.Extensions["errors"] = errors;
        }

        if (Error.Code is ErrorCode.RateLimited)
        {
            problem.Extensions["retryAfterSeconds"] = Seconds(Error.RetryAfter ?? TimeSpan.FromSeconds(1));
        }

        if (Error.Code is ErrorCode.InternalError)
        {
            problem.Extensions["traceId"] = Activity.Current?.TraceId.ToString() ?? context.TraceIdentifier;
        }

        return problem;
    }

    private static long Seconds(TimeSpan wait) => Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds));
}
