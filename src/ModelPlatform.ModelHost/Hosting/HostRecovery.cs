using System.Text.Json.Nodes;
using ModelPlatform.Events;
using ModelPlatform.ModelHost.Loading;
using ModelPlatform.Registry;
using ModelPlatform.Runtimes;
using ModelPlatform.Sources;

namespace ModelPlatform.ModelHost.Hosting;

/// <summary>Takes over what an ended process left: loads again what was loaded, and says of what was being loaded that it may be the cause.</summary>
internal sealed partial class HostRecovery(IRuntimeRecords records, ModelLoader loader, IEventLog events, RuntimeOptions options, TimeProvider time, ILogger<HostRecovery> logger)
{
    /// <summary>Adopts every record.</summary>
    /// <returns>Models to be loaded.</returns>
    public async Task<IReadOnlyList<ModelId>> TakeOverAsync(CancellationToken cancellationToken)
    {
        var wanted = new List<ModelId>();
        foreach (var record in (await records.ListAsync(cancellationToken)).Values)
        {
            if (ModelId.TryParse(record.Id, out var id) && await AdoptAsync(id, record, cancellationToken))
            {
                wanted.Add(id);
            }
        }

        foreach (var text in options.Preload)
        {
            if (ModelId.TryParse(text, out var id))
            {
                wanted.Add(id);
            }
        }

        return wanted;
    }

    private async Task<bool> AdoptAsync(ModelId id, RuntimeRecord record, CancellationToken cancellationToken)
    {
        switch (record.Status)
        {
            case ModelStatus.Loading:
                await loader.GiveUpAsync(loader.Adopt(id, record), new PlatformError(ErrorCode.InternalError, "The model host ended while it loaded this model. It is not loaded again by itself."));
                return false;
            case ModelStatus.Loaded:
                var crashes = record.Crashes + 1;
                LogLost(record.Id, record.Instance?.Process, crashes);
                var slot = loader.Adopt(id, record with { Crashes = crashes, Instance = null });
                if (crashes >= options.MostCrashes)
                {
                    await loader.GiveUpAsync(slot, new PlatformError(ErrorCode.InternalError, $"The model host ended {crashes} times while this model was loaded. It is not loaded again by itself."));
                    return false;
                }

                var error = $"The model host {record.Instance?.Process} ended while {record.Id} was loaded{(options.Reload ? "; it is loaded again" : string.Empty)}.";
                await events.AppendAsync(
                    new PlatformEvent(EventTypes.ErrorOccurred, time.GetUtcNow()) { ModelId = record.Id, Data = new JsonObject { ["code"] = ErrorCode.InternalError.WireName(), ["error"] = error } }, cancellationToken);
                if (!options.Reload)
                {
                    await loader.GiveUpAsync(slot, new PlatformError(ErrorCode.InternalError, error));
                }

                return options.Reload;
            default:
                loader.Adopt(id, record);
                return record.IsWanted && options.Reload;
        }
    }

    [LoggerMessage(5601, LogLevel.Warning, "{Model} was loaded in {Process}, which ended ({Crashes} times so far)")]
    private partial void LogLost(string model, string? process, int crashes);
}
