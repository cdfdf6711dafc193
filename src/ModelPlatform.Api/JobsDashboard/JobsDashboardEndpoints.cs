using Hangfire;
using ModelPlatform.Api.Access;

namespace ModelPlatform.Api.JobsDashboard;

/// <summary>Hangfire's own dashboard, at <c>/hangfire</c>.</summary>
internal static class JobsDashboardEndpoints
{
    public const string Prefix = "/hangfire";

    public static void UseJobsDashboard(this WebApplication app) => app.MapWhen(
        context => context.Request.Path.StartsWithSegments(Prefix),
        branch =>
        {
            var options = app.Services.GetRequiredService<AccessOptions>();
            var time = app.Services.GetRequiredService<TimeProvider>();
            branch.Use((context, next) => DashboardAccess.CheckAsync(context, next, options, time));
            branch.UseHangfireDashboard(Prefix, new DashboardOptions { Authorization = [], DashboardTitle = "ModelPlatform jobs", AppPath = null, DisplayStorageConnectionString = false });
        });
}
