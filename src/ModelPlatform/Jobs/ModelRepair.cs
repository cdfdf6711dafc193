using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ModelPlatform.Integrity;
using ModelPlatform.Registry;

namespace ModelPlatform.Jobs;

/// <summary>Brings lost chunks back by fetching the model again from where it came: what is still in the store is not downloaded.</summary>
internal sealed partial class ModelRepair(FetchJobStore store, FetchQueue queue, IOptions<ModelFetchOptions> options, TimeProvider time, ILogger<ModelRepair> logger) : IModelRepair
{
    /// <summary>A repair that failed is not begun again sooner.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(5);

    public async ValueTask RequestAsync(ModelEntry model, IReadOnlyCollection<Sha256Digest> missing, CancellationToken cancellationToken)
    {
        if (model.Card.Origin is not { } origin)
        {
            LogNoOrigin(model.Id, missing.Count);
            return;
        }

        var earlier = await store.ListAsync(null, model.Id.Name, 10).WaitAsync(cancellationToken);
        if (earlier.Any(job => job.ModelVersion == model.Id.Version && job.Status == FetchStatus.Failed && job.CompletedAt > time.GetUtcNow() - Pause))
        {
            return;
        }

        var request = new FetchJobRequest(origin.Source, origin.Reference, model.Id)
        {
            Variant = origin.Variant,
            Revision = model.Manifest.Provenance?.Source?.Revision ?? origin.Revision,
            Stage = model.Card.Stage,
            Priority = FetchPriority.High,
            RepairOf = origin,
        };
        var jobId = Guid.CreateVersion7(time.GetUtcNow()).ToString("D");
        if (await store.TryAddAsync(jobId, request, options.Value.MaxRetries).WaitAsync(cancellationToken))
        {
            await queue.TryEnqueueAsync(jobId, request.Priority, null);
            LogRepairs(model.Id, missing.Count, jobId);
        }
    }

    [LoggerMessage(3161, LogLevel.Warning, "{Model} lost {Count} chunks: job {JobId} fetches them again")]
    private partial void LogRepairs(ModelId model, int count, string jobId);

    [LoggerMessage(3162, LogLevel.Error, "{Model} lost {Count} chunks and came from no source that could give them again")]
    private partial void LogNoOrigin(ModelId model, int count);
}
