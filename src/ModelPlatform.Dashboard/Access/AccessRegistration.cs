using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;

namespace ModelPlatform.Dashboard.Access;

/// <summary>Sign-in, the rules of hosts and origins, and the headers every page carries.</summary>
internal static class AccessRegistration
{
    public const string StampClaim = "stamp";
    public const string SignInPath = "/sign-in";
    public const string SignInLimit = "sign-in";

    public static IHostApplicationBuilder AddDashboardAccess(this IHostApplicationBuilder builder)
    {
        var access = new AccessOptions(builder.Configuration);
        builder.Services.AddSingleton(access);
        builder.Services.AddHttpContextAccessor();
        builder.Services.AddCascadingAuthenticationState();
        builder.Services.AddAntiforgery(options =>
        {
            options.Cookie.Name = "modelplatform.antiforgery";
            options.Cookie.HttpOnly = true;
            options.Cookie.SameSite = SameSiteMode.Strict;
        });
        builder.Services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie(options =>
        {
            options.Cookie.Name = "modelplatform.session";
            options.Cookie.HttpOnly = true;
            options.Cookie.SameSite = SameSiteMode.Strict;
            options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            options.ExpireTimeSpan = TimeSpan.FromDays(7);
            options.SlidingExpiration = true;
            options.LoginPath = SignInPath;
            options.AccessDeniedPath = SignInPath;
            options.ReturnUrlParameter = "returnUrl";
            options.Events.OnValidatePrincipal = context =>
            {
                if (context.Principal?.FindFirst(StampClaim)?.Value != access.TokenStamp)
                {
                    context.RejectPrincipal();
                }

                return Task.CompletedTask;
            };
        });
        builder.Services.AddAuthorizationBuilder().SetFallbackPolicy(new AuthorizationPolicyBuilder()
            .RequireAssertion(context =>
                !access.RequiresSignIn
                || context.User.Identity is { IsAuthenticated: true }
                || context.Resource is HttpContext { Request.Path.Value: "/health" or "/alive" or SignInPath })
            .Build());
        builder.Services.AddRateLimiter(options =>
        {
            options.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            options.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context =>
                HttpMethods.IsPost(context.Request.Method) && context.Request.Path == SignInPath
                    ? RateLimitPartition.GetFixedWindowLimiter(
                        context.Connection.RemoteIpAddress?.ToString() ?? SignInLimit,
                        _ => new FixedWindowRateLimiterOptions { PermitLimit = 20, Window = TimeSpan.FromMinutes(1) })
                    : RateLimitPartition.GetNoLimiter(""));
        });
        if (builder.Configuration["MODELPLATFORM_DATA"] is { Length: > 0 } data)
        {
            // A restart, or a second dashboard, must still read the cookies and the forms that are out there.
            builder.Services.AddDataProtection().SetApplicationName("ModelPlatform.Dashboard").PersistKeysToFileSystem(new DirectoryInfo(Path.Combine(data, "dashboard")));
        }

        return builder;
    }

    public static void UseDashboardAccess(this WebApplication app)
    {
        var access = app.Services.GetRequiredService<AccessOptions>();
        app.Use((context, next) => PageHeaders.InvokeAsync(context, next));
        app.Use((context, next) => HostRule.InvokeAsync(context, next, access));
        app.UseRateLimiter();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseAntiforgery();
    }

    /// <summary>Ends the session. The form that posts here carries an antiforgery token.</summary>
    public static void MapSignOut(this WebApplication app) =>
        app.MapPost("/sign-out", async (HttpContext context, [Microsoft.AspNetCore.Mvc.FromForm] string? reason) =>
        {
            await context.SignOutAsync();
            return Results.LocalRedirect(SignInPath);
        });
}
