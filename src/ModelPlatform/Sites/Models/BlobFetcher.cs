using System.Runtime.CompilerServices;
using ModelPlatform.Documents;
using ModelPlatform.Jobs;
using ModelPlatform.Registry;
using ModelPlatform.Sources;

namespace ModelPlatform.Sites.Models;

/// <summary>Finds the model of a blob in what the sites say, fetches it as a job, and follows that.</summary>
internal sealed class BlobFetcher(ModelHolders holders, SiteFetches fetches, IFetchJobs jobs, IModelRegistry registry, TimeProvider time) : IBlobFetcher
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public async IAsyncEnumerable<BlobFetchStep> FetchAsync(BlobReference reference, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? told = null;
        while (true)
        {
            var reason = $"no site says that it holds {reference.Hash}";
            if (await holders.FindAsync(reference.Hash, cancellationToken) is { } model)
            {
                if (await FindHereAsync(model, reference, cancellationToken) is { } path)
                {
                    yield return new BlobFetchStep("complete") { ModelId = model.Id.ToString(), Path = path };
                    yield break;
                }

                reason = $"none of the sites that hold {model.Id} ({string.Join(", ", model.Holders)}) is known here";
                if (model.Sites.Count > 0)
                {
                    PlatformError? error = null;
                    if ((await fetches.RequestAsync(model, cancellationToken)).TryGet(out var ticket, out error) && ticket.JobId is { } jobId)
                    {
                        await foreach (var step in FollowAsync(jobId, model, reference, cancellationToken))
                        {
                            yield return step;
                            if (step.Step is "complete" or "failed")
                            {
                                yield break;
                            }

                            reason = step.Reason ?? reason;
                        }
                    }
                    else if (error is { IsRetryable: false })
                    {
                        yield return new BlobFetchStep("failed") { ModelId = model.Id.ToString(), Reason = error.Message };
                        yield break;
                    }
                }
            }

            if (told != reason)
            {
                yield return new BlobFetchStep("waiting") { Reason = reason };
                told = reason;
            }

            await Task.Delay(Patience, time, cancellationToken);
        }
    }

    /// <summary>Follows a job; one that failed on something that may pass ends without a last step, and is begun anew.</summary>
    private async IAsyncEnumerable<BlobFetchStep> FollowAsync(string jobId, HeldModel model, BlobReference reference, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long shown = -1;
        while (await jobs.FindAsync(jobId, cancellationToken) is { } job)
        {
            var step = new BlobFetchStep("progress") { ModelId = model.Id.ToString(), JobId = jobId, DownloadedBytes = job.DownloadedBytes, TotalBytes = job.TotalBytes, ChunkProviders = job.ChunkProviders };
            if (shown != job.DownloadedBytes)
            {
                shown = job.DownloadedBytes;
                yield return step;
            }

            if (job.Status == FetchStatus.Completed)
            {
                yield return await FindHereAsync(model, reference, cancellationToken) is { } path
                    ? step with { Step = "complete", Path = path }
                    : step with { Step = "failed", Reason = $"{model.Id} is here and holds no artifact with the hash {reference.Hash}." };
                yield break;
            }

            if (job.Status is FetchStatus.Failed or FetchStatus.Cancelled)
            {
                yield return job.Status == FetchStatus.Failed && job.Retryable == true ? step with { Step = "waiting", Reason = job.LastError } : step with { Step = "failed", Reason = job.LastError ?? "the job was cancelled" };
                yield break;
            }

            await Task.Delay(Pace, time, cancellationToken);
        }
    }

    private async Task<string?> FindHereAsync(HeldModel model, BlobReference reference, CancellationToken cancellationToken)
    {
        var wanted = ModelDocuments.Bare(reference.Hash);
        var entry = await registry.FindAsync(new ModelReference(model.Id.Name, model.Id.Version, null), cancellationToken);
        return entry?.Manifest.Artifacts.FirstOrDefault(artifact => artifact.Sha256.ToString() == wanted) is { } found ? $"/v2/models/{model.Id}/artifacts/{found.Path}" : null;
    }
}
