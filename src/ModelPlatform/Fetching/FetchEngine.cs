using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ModelPlatform.Chunks;
using ModelPlatform.Chunks.Housekeeping;
using ModelPlatform.Fetching.Planning;
using ModelPlatform.Fetching.Transfer;
using ModelPlatform.Integrity;
using ModelPlatform.Sources;

namespace ModelPlatform.Fetching;

/// <summary>Plan, then files, several at once; a plan that turns out void is made anew.</summary>
internal sealed partial class FetchEngine(
    FetchPlanner planner, SourceCalls calls, IChunkStore store, BufferBudget budget, IOptions<FetchOptions> options, TimeProvider time, ILogger<FetchEngine> logger,
    IStorageLimit? limit = null) : IFetchEngine
{
    private const int MostPlans = 3;
    private const int GroupChunks = 4;

    public async Task<Result<FetchedModel>> FetchAsync(FetchRequest request, IFetchJournal journal, IFetchProgress progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(journal);
        ArgumentNullException.ThrowIfNull(progress);
        try
        {
            var fetched = await FetchPlannedAsync(request, journal, progress, cancellationToken);
            if (!fetched.TryGet(out _, out var error))
            {
                LogFailed(request.Model.ToString(), error.Code.WireName(), error.Message);
            }

            return fetched;
        }
        catch (PlatformException exception)
        {
            // The chunk store: every other failure is a result already.
            LogFailed(request.Model.ToString(), exception.Error.Code.WireName(), exception.Error.Message);
            return exception.Error;
        }
    }

    private async Task<Result<FetchedModel>> FetchPlannedAsync(FetchRequest request, IFetchJournal journal, IFetchProgress progress, CancellationToken cancellationToken)
    {
        var errors = new List<PlatformError>();
        var plan = await FetchPlanner.ReadAsync(request, journal, cancellationToken);
        if (plan is not null)
        {
            LogResumed(request.Model.ToString());
        }

        var (firstSource, plans) = (0, 0);
        while (true)
        {
            if (plan is null)
            {
                var planned = await PlanAsync(request, firstSource, errors, progress, cancellationToken);
                if (!planned.TryGet(out plan, out var error))
                {
                    return error;
                }

                await FetchPlanner.WriteAsync(plan, journal, cancellationToken);
                LogPlanned(request.Model.ToString(), plan.Files.Count, request.Sources[plan.SourceIndex].Source, plan.Inspection.Revision);
            }

            var totals = Totals(plan);
            progress.Planned(totals);
            if (limit is not null && await limit.MakeRoomAsync(totals.TotalBytes ?? 0, await KnownAsync(plan, journal, cancellationToken), cancellationToken) is { } full)
            {
                return full;
            }

            switch (await FetchFilesAsync(request, plan, journal, progress, cancellationToken))
            {
                case FilesDone done:
                    return new FetchedModel(plan.Inspection, request.Sources[plan.SourceIndex], plan.Variant, plan.Framework, done.Files);
                case FilesMoved moved when ++plans < MostPlans:
                    LogMoved(request.Model.ToString());
                    break;
                case FilesMoved moved:
                    return moved.Error;
                case FilesFailed failed:
                    // Files without a digest may not be mixed from two sources: the next source gives all of them.
                    errors.Add(failed.Error);
                    if (plan.Files.All(file => file.IsPinned) || plan.SourceIndex + 1 >= request.Sources.Count)
                    {
                        return FetchErrors.All(errors);
                    }

                    firstSource = plan.SourceIndex + 1;
                    break;
            }

            plan = null;
        }
    }

    private async Task<Result<FetchPlan>> PlanAsync(FetchRequest request, int firstSource, List<PlatformError> errors, IFetchProgress progress, CancellationToken cancellationToken)
    {
        for (var i = firstSource; i < request.Sources.Count; i++)
        {
            using var span = FetchTelemetry.StartPlan(request.Sources[i].Source);
            var planned = await planner.PlanAsync(request, i, cancellationToken);
            if (planned.TryGet(out _, out var error))
            {
                return planned;
            }

            errors.Add(error);
            if (i + 1 < request.Sources.Count)
            {
                progress.SourceFailed(request.Sources[i].Source, error);
            }
        }

        return errors.Count == 0 ? new PlatformError(ErrorCode.InvalidRequest, "The request names no source.") : FetchErrors.All(errors);
    }

    private async Task<FilesOutcome> FetchFilesAsync(FetchRequest request, FetchPlan plan, IFetchJournal journal, IFetchProgress progress, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var commits = new CommitQueue(store, journal, (long)GroupChunks * budget.ChunkSize, time, stop.Cancel, CancellationToken.None);
        var gates = new ConcurrentDictionary<int, ConnectionGate>();
        var context = new FetchContext(
            calls, store, budget, options.Value, time, commits, progress, source => gates.GetOrAdd(source, _ => new ConnectionGate(options.Value.Connections, time)),
            (path, source, error) => LogSkipped(path, request.Model.ToString(), source.Source, source.Reference.Reference, error.Code.WireName(), error.Message));
        var files = new FetchedFile[plan.Files.Count];
        FilesOutcome? ended = null;
        try
        {
            await Parallel.ForEachAsync(
                Enumerable.Range(0, plan.Files.Count),
                new ParallelOptions { MaxDegreeOfParallelism = options.Value.FilesAtOnce, CancellationToken = stop.Token },
                async (index, token) =>
                {
                    var known = await journal.ReadChunksAsync(index, token);
                    var outcome = await new FileFetch(context, planner, request, plan, index).RunAsync(known, token);
                    if (outcome is FileDone done)
                    {
                        files[index] = done.File;
                        return;
                    }

                    Interlocked.CompareExchange(ref ended, outcome is FileFailed failed ? new FilesFailed(failed.Error) : new FilesMoved(((FileMoved)outcome).Error), null);
                    await stop.CancelAsync();
                });
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // A file or the journal ended it: which of them is told below.
        }
        finally
        {
            // What is verified stays, whatever ended the fetch.
            await commits.CompleteAsync();
        }

        return ended ?? new FilesDone(files);
    }

    /// <summary>Chunks that will be used if they are stored: those known from digests, and those that earlier runs noted.</summary>
    private static async Task<Dictionary<Sha256Digest, int>> KnownAsync(FetchPlan plan, IFetchJournal journal, CancellationToken cancellationToken)
    {
        var known = new Dictionary<Sha256Digest, int>();
        for (var i = 0; i < plan.Files.Count; i++)
        {
            var file = plan.Files[i];
            foreach (var chunk in await journal.ReadChunksAsync(i, cancellationToken))
            {
                known[chunk.Id] = chunk.Length;
            }

            for (var index = 0; index < file.Chunks?.Count; index++)
            {
                known[file.Chunks[index]] = (int)Math.Min(file.ChunkSize, file.File.Size!.Value - ((long)index * file.ChunkSize));
            }
        }

        return known;
    }

    private static FetchTotals Totals(FetchPlan plan)
    {
        var isKnown = plan.Files.All(file => file.File.Size is not null);
        return new FetchTotals(
            plan.Framework,
            plan.Inspection.Revision,
            isKnown ? plan.Files.Sum(file => file.File.Size!.Value) : null,
            isKnown ? plan.Files.Sum(file => (int)((file.File.Size!.Value + file.ChunkSize - 1) / file.ChunkSize)) : null,
            [.. plan.Files.Select(file => (file.File.Path, file.File.Size))],
            plan.Inspection.Metadata);
    }

    private abstract record FilesOutcome;

    private sealed record FilesDone(IReadOnlyList<FetchedFile> Files) : FilesOutcome;

    private sealed record FilesFailed(PlatformError Error) : FilesOutcome;

    private sealed record FilesMoved(PlatformError Error) : FilesOutcome;
}
