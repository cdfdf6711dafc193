using ModelPlatform.Sources;

namespace ModelPlatform.Api.Errors;

/// <summary>From an expected failure to its answer.</summary>
internal static class PlatformErrorResponses
{
    /// <summary>The HTTP answer of this error.</summary>
    public static ProblemResult ToProblem(this PlatformError error) => new(error);

    /// <summary>Writes the error as the answer of this request, from where there is no endpoint to return it.</summary>
    public static Task WriteAsync(this PlatformError error, HttpContext context) => new ProblemResult(error).ExecuteAsync(context);
}
