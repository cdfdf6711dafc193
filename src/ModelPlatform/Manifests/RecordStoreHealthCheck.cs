using Microsoft.Extensions.Diagnostics.HealthChecks;
using ModelPlatform.Sources;

namespace ModelPlatform.Manifests;

/// <summary>Whether the record store answers.</summary>
internal sealed class RecordStoreHealthCheck(IRecordStore store) : IHealthCheck
{
    private const string Probe = "manifests/health.json";

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await store.ReadAsync(Probe, cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (PlatformException exception)
        {
            return HealthCheckResult.Unhealthy(exception.Error.Message);
        }
    }
}
