using ModelPlatform.Api.Errors;
using ModelPlatform.Api.JobsDashboard;
using ModelPlatform.Sites;
using ModelPlatform.Sources;

namespace ModelPlatform.Api.Access;

/// <summary>Lets a request through, or answers 401 or 403, before any endpoint sees it.</summary>
internal sealed class AccessMiddleware(RequestDelegate next, AccessOptions options)
{
    public async Task InvokeAsync(HttpContext context)
    {
        if (IsProbe(context.Request.Path))
        {
            await next(context);
            return;
        }

        if (options.Token is null)
        {
            if (options.LoopbackOnly && !context.Request.HasLoopbackHost())
            {
                await new PlatformError(ErrorCode.Forbidden, "Without MODEL_FETCH_TOKEN the API answers only under localhost, 127.0.0.1 or [::1]: set a token to use another name.").WriteAsync(context);
                return;
            }

            if (context.Request.IsActionFromAnotherSite() && context.GetEndpoint()?.Metadata.GetMetadata<AnonymousReadMetadata>() is null)
            {
                await new PlatformError(ErrorCode.Forbidden, "Without MODEL_FETCH_TOKEN a web page of another site may not change anything here.").WriteAsync(context);
                return;
            }

            context.SetCaller(context.Connection.IsFromLoopback() && context.Request.HasLoopbackHost() ? Caller.Local : Caller.Anonymous);
            await next(context);
            return;
        }

        var presented = await PresentedTokens.ReadAsync(context);
        if (presented.Any(token => PresentedTokens.Matches(token, options.Token)))
        {
            context.SetCaller(Caller.TokenHolder);
        }
        else if (presented.Count > 0 && IsForSites(context) && await IsSiteAsync(context, presented))
        {
            context.SetCaller(Caller.Site);
        }
        else if (presented.Count > 0)
        {
            await Unauthorized("Unauthorized: Invalid MODEL_FETCH_TOKEN").WriteAsync(context);
            return;
        }
        else if (!IsOpen(context))
        {
            await Unauthorized("Unauthorized: MODEL_FETCH_TOKEN required").WriteAsync(context);
            return;
        }

        await next(context);
    }

    private bool IsOpen(HttpContext context) =>
        (options.AnonymousRead && context.GetEndpoint()?.Metadata.GetMetadata<AnonymousReadMetadata>() is not null) ||
        // It takes a cookie too, which nothing else does, and checks for itself.
        context.Request.Path.StartsWithSegments(JobsDashboardEndpoints.Prefix);

    /// <summary>A site exchanges documents and reads models, and does nothing else.</summary>
    private static bool IsForSites(HttpContext context) =>
        context.GetEndpoint()?.Metadata is { } metadata && (metadata.GetMetadata<SiteAccessMetadata>() is not null || metadata.GetMetadata<AnonymousReadMetadata>() is not null);

    private static async ValueTask<bool> IsSiteAsync(HttpContext context, IReadOnlyList<string> presented)
    {
        var sites = context.RequestServices.GetService<ISiteDirectory>() is { } directory ? await directory.ListAsync(context.RequestAborted) : [];
        return sites.Any(site => site.Token is not null && presented.Any(token => PresentedTokens.Matches(token, site.Token)));
    }

    private static bool IsProbe(PathString path) => path.Value is "/health" or "/alive";

    private static PlatformError Unauthorized(string message) => new(ErrorCode.Unauthorized, message);
}
