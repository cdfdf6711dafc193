using Hangfire;
using Microsoft.Extensions.Logging;
using ModelPlatform.Plugins;
using ModelPlatform.Registry;
using ModelPlatform.Sources;

namespace ModelPlatform.Jobs.Tracking;

/// <summary>Asks the sources of followed branches for their present revision and fetches what is new, as a version named after the revision.</summary>
internal sealed partial class BranchTracking(TrackedBranches branches, ISourceCatalog sources, IFetchJobs jobs, IModelRegistry registry, ILogger<BranchTracking> logger)
{
    private const int RevisionLength = 12;

    [AutomaticRetry(Attempts = 0, OnAttemptsExceeded = AttemptsExceededAction.Delete)]
    [DisableConcurrentExecution(1)]
    [JobDisplayName("Follow tracked branches")]
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        foreach (var branch in await branches.ListAsync())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (await registry.FindAsync(new ModelReference(branch.Request.Model.Name, null, null), cancellationToken) is null)
            {
                // The model is deleted with all its versions: nobody wants to follow it any more.
                await branches.ForgetAsync(branch);
                continue;
            }

            await FollowAsync(branch, cancellationToken);
        }
    }

    private async Task FollowAsync(TrackedBranch branch, CancellationToken cancellationToken)
    {
        var request = branch.Request;
        if (!sources.TryAcquire(request.Source, out var lease))
        {
            LogNotAsked(request.Source, request.SourceReference, "no active plugin provides the source");
            return;
        }

        using (lease)
        {
            var reference = new SourceReference(request.SourceReference) { Revision = request.Revision, Variant = request.Variant };
            if (!(await lease.Source.InspectAsync(reference, cancellationToken)).TryGet(out var inspection, out var error))
            {
                LogNotAsked(request.Source, request.SourceReference, error.Message);
                return;
            }

            if (inspection.Revision is { } revision && revision != branch.Revision)
            {
                await FetchAsync(branch, revision, cancellationToken);
            }
        }
    }

    private async Task FetchAsync(TrackedBranch branch, string revision, CancellationToken cancellationToken)
    {
        var version = revision.Length > RevisionLength ? revision[..RevisionLength] : revision;
        var model = branch.Request.Model with { Version = version };
        if (!ModelId.IsValidVersion(version))
        {
            LogNotAsked(branch.Request.Source, branch.Request.SourceReference, "its revision makes no version name");
            return;
        }

        // Believed only once the model is there: a fetch that fails is asked for again next time.
        if (await registry.FindAsync(new ModelReference(model.Name, version, null), cancellationToken) is not null)
        {
            await branches.NoteAsync(branch with { Revision = revision });
            return;
        }

        var created = await jobs.CreateAsync(branch.Request with { Model = model, Revision = revision, Track = false, ScheduledAt = null, ExpectedSha256 = null }, cancellationToken);
        if (created.TryGet(out var ticket, out var error))
        {
            LogMoved(branch.Request.SourceReference, revision, ticket.ModelId);
        }
        else
        {
            LogNotAsked(branch.Request.Source, branch.Request.SourceReference, error.Message);
        }
    }

    [LoggerMessage(3221, LogLevel.Information, "{Reference} moved to {Revision}: fetching it as {ModelId}")]
    private partial void LogMoved(string reference, string revision, string modelId);

    [LoggerMessage(3222, LogLevel.Warning, "{Source} {Reference} is not followed this time: {Reason}")]
    private partial void LogNotAsked(string source, string reference, string reason);
}
