using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;

namespace ModelPlatform.Api.Errors;

/// <summary>One form for every error of the API.</summary>
internal static class ErrorsRegistration
{
    /// <summary>Deeper JSON than this is refused: nothing here nests further.</summary>
    private const int MaxJsonDepth = 32;

    /// <summary>A JSON body is small. Uploads lift this limit for themselves.</summary>
    private const long MaxJsonBody = 4 * 1024 * 1024;

    public static void AddErrors(this IHostApplicationBuilder builder)
    {
        builder.Services.AddProblemDetails(options => options.CustomizeProblemDetails = problem => ProblemResult.KeepTraceIdToBugs(problem.ProblemDetails));
        builder.Services.AddExceptionHandler<PlatformExceptionHandler>();
        builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        builder.Services.Configure<JsonOptions>(options => Harden(options.SerializerOptions));
        builder.Services.Configure<Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerOptions>(options => options.Limits.MaxRequestBodySize = MaxJsonBody);
    }

    public static void UseErrors(this WebApplication app)
    {
        app.UseExceptionHandler(new ExceptionHandlerOptions { SuppressDiagnosticsCallback = _ => true });
        app.UseStatusCodePages(page => ErrorStatus.ForStatus(page.HttpContext.Response.StatusCode).WriteAsync(page.HttpContext));
    }

    private static void Harden(JsonSerializerOptions options)
    {
        options.MaxDepth = MaxJsonDepth;
        options.AllowDuplicateProperties = false;
        options.RespectNullableAnnotations = true;
    }
}
