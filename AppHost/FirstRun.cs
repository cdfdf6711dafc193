using Microsoft.Extensions.Hosting;

namespace ModelPlatform.AppHost;

/// <summary>Once everything is healthy: fetches the sample model, and says where everything is.</summary>
internal sealed class FirstRun(ResourceNotificationService resources, LaunchOptions launch, LaunchedSite site, EndpointReference api, EndpointReference dashboard) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        foreach (var name in (string[])["api", "jobs", "modelhost", "dashboard"])
        {
            await resources.WaitForResourceHealthyAsync(site.Named(name), stoppingToken);
        }

        foreach (var other in site.IsAlone ? [] : launch.Sites)
        {
            foreach (var name in (string[])["api", "jobs", "modelhost", "dashboard"])
            {
                await resources.WaitForResourceHealthyAsync(other.Named(name), stoppingToken);
            }

            Console.WriteLine($"ModelPlatform site {other.Name} is ready: API {other.Url}  Dashboard http://localhost:{other.DashboardPort}  Data {other.Data}");
        }

        var lines = new List<string>
        {
            $"ModelPlatform is ready: {api.Url}",
            $"  API        {api.Url}  (documentation {api.Url}/scalar, jobs {api.Url}/hangfire)",
            $"  Dashboard  {dashboard.Url}",
            $"  Data       {site.Data}",
        };
        if (launch.Sample)
        {
            using var sample = new SampleModel(new Uri(api.Url), launch);
            lines.AddRange((await sample.FetchAsync(stoppingToken)).Select(line => $"  {line}"));
        }

        Console.WriteLine(string.Join(Environment.NewLine, lines));
    }
}
