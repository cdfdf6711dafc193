using Microsoft.Extensions.Hosting;
using ModelPlatform.Dashboard.Access;
using ModelPlatform.Dashboard.Components;
using ModelPlatform.Dashboard.Live;
using ModelPlatform.Dashboard.Platform;
using MudBlazor.Services;

return await ServiceHost.RunOrExplainAsync(
    args,
    builder =>
    {
        builder.AddServiceDefaults();
        builder.AddPageAssets();
        builder.AddDashboardAccess();
        builder.AddPlatformClient();
        builder.AddLiveState();
        builder.Services.AddMudServices();
        builder.Services.AddRazorComponents().AddInteractiveServerComponents();
    },
    app =>
    {
        app.UseStatusCodePagesWithReExecute("/not-found", createScopeForStatusCodePages: true);
        app.UseDashboardAccess();
        app.MapDefaultEndpoints();
        app.MapStaticAssets().AllowAnonymous();
        app.MapSignOut();
        app.MapEventExport();
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode(options => options.ContentSecurityFrameAncestorsPolicy = "'none'");
    });
