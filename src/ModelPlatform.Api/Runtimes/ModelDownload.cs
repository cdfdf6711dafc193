using ModelPlatform.Jobs;
using ModelPlatform.Registry;
using ModelPlatform.Sources;

namespace ModelPlatform.Api.Runtimes;

/// <summary>Brings in a model that somebody wants to load and that is not here.</summary>
internal sealed class ModelDownload(IFetchJobs jobs, IModelRegistrations registrations)
{
    private const string DefaultSource = "huggingface";

    /// <summary>Finds the job that brings the model in, or begins one.</summary>
    /// <returns>The job's id; ModelNotFound where nothing says where the model comes from.</returns>
    public async Task<Result<FetchTicket>> BeginAsync(ModelId id, LoadBody body, CancellationToken cancellationToken)
    {
        var newest = (await jobs.ListAsync(null, id.Name, 100, cancellationToken)).FirstOrDefault(job => job.ModelId == id.ToString());
        if (newest is { Status: FetchStatus.Queued or FetchStatus.Downloading or FetchStatus.Processing or FetchStatus.Paused })
        {
            return new FetchTicket(newest.ModelId, newest.JobId, newest.Status, true, "The model is being downloaded.");
        }

        var repository = (await registrations.FindAsync(id, cancellationToken))?.RepoId;
        if ((body.SourceReference ?? repository ?? newest?.SourceReference) is not { } reference)
        {
            return new PlatformError(ErrorCode.ModelNotFound, $"There is no model {id} here, and nothing says where it comes from: register it with its repoId, or give source and sourceReference.");
        }

        // What failed before is tried again as it was asked for.
        var source = body.Source ?? (body.SourceReference is null && repository is null ? newest!.Source : DefaultSource);
        return await jobs.CreateAsync(
            new FetchJobRequest(source, reference, id) { Variant = body.Variant ?? (body.SourceReference is null ? newest?.Variant : null), Revision = body.Revision }, cancellationToken);
    }
}
