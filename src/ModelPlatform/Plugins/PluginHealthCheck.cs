using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ModelPlatform.Plugins;

/// <summary>Ready when the first plugins are loaded. One that malfunctions degrades, and never stops the service.</summary>
internal sealed class PluginHealthCheck(PluginHost host) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!host.IsReady)
        {
            return Task.FromResult(HealthCheckResult.Unhealthy("The plugins are being loaded."));
        }

        var faulty = host.List().Where(status => status.State is PluginState.Malfunctioned or PluginState.Incompatible).Select(status => $"{status.Id} is {status.State}: {status.Reason}").ToArray();
        return Task.FromResult(faulty.Length == 0 ? HealthCheckResult.Healthy() : HealthCheckResult.Degraded(string.Join("; ", faulty)));
    }
}
