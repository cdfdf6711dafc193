using ModelPlatform.Api.Access;
using ModelPlatform.Api.Errors;
using ModelPlatform.Sources;

namespace ModelPlatform.Api.JobsDashboard;

/// <summary>Who may see the jobs dashboard: this machine until a token is set, then whoever shows the token once.</summary>
internal static class DashboardAccess
{
    /// <summary>Runs before anything of the dashboard.</summary>
    public static async Task CheckAsync(HttpContext context, RequestDelegate next, AccessOptions options, TimeProvider time)
    {
        if (options.Token is null)
        {
            // A proxy on this machine would make everybody local: only a loopback name will do, whatever other settings say.
            await (context.GetCaller() is Caller.Local
                ? next(context)
                : new PlatformError(ErrorCode.Forbidden, "Without MODEL_FETCH_TOKEN the jobs dashboard opens only on this machine, under a loopback name.").WriteAsync(context));
            return;
        }

        if (context.Features.Get<QueryToken>() is not null && context.GetCaller() is Caller.TokenHolder)
        {
            context.Response.Cookies.Append(DashboardCookie.Name, DashboardCookie.Issue(options.Token, time.GetUtcNow()), new CookieOptions
            {
                HttpOnly = true,
                SameSite = SameSiteMode.Strict,
                Secure = context.Request.IsHttps,
                Path = JobsDashboardEndpoints.Prefix,
                MaxAge = DashboardCookie.Lifetime,
                IsEssential = true,
            });
            context.Response.Headers.CacheControl = "no-store";
            context.Response.Redirect(context.Request.PathBase + context.Request.Path + context.Request.QueryString);
            return;
        }

        await (context.GetCaller() is Caller.TokenHolder || DashboardCookie.IsValid(context.Request.Cookies[DashboardCookie.Name], options.Token, time.GetUtcNow())
            ? next(context)
            : new PlatformError(ErrorCode.Unauthorized, "Unauthorized: MODEL_FETCH_TOKEN required").WriteAsync(context));
    }
}
