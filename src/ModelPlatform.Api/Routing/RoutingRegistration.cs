using Microsoft.AspNetCore.Http.Features;
using ModelPlatform.Api.Errors;
using ModelPlatform.Sources;

namespace ModelPlatform.Api.Routing;

/// <summary>Routes on the path as it was sent. See the README of this folder.</summary>
internal static class RoutingRegistration
{
    public static void AddPaths(this IHostApplicationBuilder builder) => builder.Services.AddSingleton(new PublicAddress(builder.Configuration));

    /// <summary>Rewrites the path so that each segment sent is one segment matched, matches it, and gives endpoints plain values.</summary>
    public static void UsePathsAsSent(this WebApplication app)
    {
        app.Use(RewriteAsync);
        app.UseRouting();
        app.Use(DecodeValues);
    }

    private static Task RewriteAsync(HttpContext context, RequestDelegate next)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (target is "*")
        {
            return next(context);
        }

        if (!RawPath.TryParse(target, out var segments) || segments.Exists(segment => segment.AsSpan().IndexOfAnyInRange('\0', '\x1f') >= 0))
        {
            return new PlatformError(ErrorCode.InvalidRequest, "The path is not percent-encoded UTF-8 without control characters.").WriteAsync(context);
        }

        if (segments.Exists(RawPath.Climbs))
        {
            return new PlatformError(ErrorCode.SecurityViolation, "The path holds a dot segment.").WriteAsync(context);
        }

        ModelPath.JoinId(segments);
        // The constructor, since the conversion from a string would decode once more.
        context.Request.Path = new PathString("/" + string.Join('/', segments.Select(Escape)));
        return next(context);
    }

    private static Task DecodeValues(HttpContext context, RequestDelegate next)
    {
        foreach (var (key, value) in context.Request.RouteValues)
        {
            if (value is string text && text.Contains('%'))
            {
                context.Request.RouteValues[key] = text.Replace("%2F", "/", StringComparison.Ordinal).Replace("%25", "%", StringComparison.Ordinal);
            }
        }

        return next(context);
    }

    private static string Escape(string segment) => segment.Replace("%", "%25", StringComparison.Ordinal).Replace("/", "%2F", StringComparison.Ordinal);
}
