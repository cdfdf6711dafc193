using ModelPlatform.Fetching.Planning;
using ModelPlatform.Fetching.Transfer;
using ModelPlatform.Integrity;
using ModelPlatform.Sources;

namespace ModelPlatform.Fetching;

/// <summary>Brings in one file: passes over its sources in order until one gives the right bytes, keeping what is verified where the next may build on it.</summary>
internal sealed partial class FileFetch(FetchContext context, FetchPlanner planner, FetchRequest request, FetchPlan plan, int fileIndex)
{
    private const int MostRestarts = 4;

    private readonly PlannedFile planned = plan.Files[fileIndex];

    // The request's own sources keep their numbers; what the manifest adds for the primary file follows.
    private readonly IReadOnlyList<FetchSource> sources = fileIndex == plan.Primary && plan.Elsewhere is { } elsewhere
        ? [.. request.Sources, .. elsewhere.Before, .. elsewhere.After]
        : request.Sources;
    private readonly List<PlatformError> errors = [];
    private Dictionary<int, JournaledChunk> stored = [];
    private PassCompleted? wrong;
    private string? wrongSource;
    private int? wrongIndex;

    public async Task<FileOutcome> RunAsync(IReadOnlyList<JournaledChunk> journaled, CancellationToken cancellationToken)
    {
        using var span = FetchTelemetry.StartFile(planned.File.Path, planned.File.Size);
        var began = context.Time.GetTimestamp();
        var outcome = await FetchAsync(journaled, cancellationToken);
        FetchTelemetry.CountFile(context.Time.GetElapsedTime(began), outcome is FileDone);
        span?.SetTag("error.type", (outcome as FileFailed)?.Error.Code.WireName());
        return outcome;
    }

    private async Task<FileOutcome> FetchAsync(IReadOnlyList<JournaledChunk> journaled, CancellationToken cancellationToken)
    {
        if (IsGuarded(plan.SourceIndex))
        {
            foreach (var chunk in journaled)
            {
                stored[chunk.Index] = chunk;
            }
        }

        foreach (var sourceIndex in Order())
        {
            var found = sourceIndex == plan.SourceIndex ? planned.File : await planner.FindAlternateAsync(plan, planned, sources[sourceIndex], IsElsewhere(sourceIndex), cancellationToken);
            if (!found.TryGet(out var file, out var error))
            {
                Give(sourceIndex, error);
                continue;
            }

            if (!MayBuildOn(file))
            {
                stored = [];
            }

            if (await TryAsync(sourceIndex, file, cancellationToken) is { } outcome)
            {
                return outcome;
            }
        }

        if (wrongIndex is { } again && sources.Count > 1 && await TryAsync(again, planned.File, cancellationToken) is { } second)
        {
            return second;
        }

        return new FileFailed(FetchErrors.All(errors));
    }

    /// <summary>The planned source first, but for places of the manifest that go before it. Another may stand in for it only where a digest says that the bytes are the same.</summary>
    private IEnumerable<int> Order()
    {
        if (!planned.IsPinned)
        {
            return [plan.SourceIndex];
        }

        var elsewhere = Enumerable.Range(request.Sources.Count, sources.Count - request.Sources.Count).ToList();
        var before = plan.Elsewhere?.Before.Count ?? 0;
        return [.. elsewhere.Take(before), plan.SourceIndex, .. elsewhere.Skip(before), .. Enumerable.Range(0, request.Sources.Count).Where(index => index != plan.SourceIndex)];
    }

    private bool IsElsewhere(int sourceIndex) => sourceIndex >= request.Sources.Count;

    private bool MayBuildOn(SourceFile file) => planned.Chunks is not null || ReferenceEquals(file, planned.File)
        || (file.Sha256 is not null && planned.Sha256 is not null && file.Size == planned.File.Size);

    private bool IsGuarded(int sourceIndex) => planned.IsPinned || (sourceIndex == plan.SourceIndex && (planned.File.Validator is not null || plan.Inspection.Revision is not null));

    /// <summary>All passes over one source: over many connections while its answers can be joined, over one where they can't.</summary>
    /// <returns>Null where the next source is to be tried.</returns>
    private async Task<FileOutcome?> TryAsync(int sourceIndex, SourceFile file, CancellationToken cancellationToken)
    {
        var mode = new PassMode(IsSequential: file.AcceptsRanges == false || (!IsGuarded(sourceIndex) && file.Validator is null));
        OpenedFile? whole = null;
        try
        {
            for (var restarts = 0; ;)
            {
                var hadStored = stored.Count > 0;
                var pass = PassOf(sourceIndex, file, mode) with { Opened = whole };
                whole = null;
                var outcome = await PassAsync(pass, cancellationToken);
                var failure = outcome is PassFailed failed ? failed.Failure : await ConfirmAsync(pass, (PassCompleted)outcome, cancellationToken);
                if (failure is null)
                {
                    var completed = (PassCompleted)outcome;
                    if (Mismatch(completed, file, sourceIndex) is not { } mismatch)
                    {
                        ReportLiar(completed, sourceIndex);
                        return new FileDone(Proven(completed));
                    }

                    IntegrityTelemetry.FileFromSource();
                    if (!IsWorthAgain(completed, sourceIndex, mode, hadStored))
                    {
                        Give(sourceIndex, mismatch);
                        return null;
                    }

                    continue;
                }

                whole = (outcome as PassFailed)?.Whole;
                switch (failure.Kind)
                {
                    case SourceFailureKind.NoRanges when !mode.AsksForAll:
                        KeepWhat(outcome, isGuarded: pass.IsGuarded || ((PassFailed)outcome).Validator is not null);
                        file = file with { Validator = file.Validator ?? ((PassFailed)outcome).Validator };
                        mode = mode with { IsSequential = true, AsksForAll = true };
                        break;
                    case SourceFailureKind.Moved when !mode.IgnoresValidator && (planned.IsPinned || plan.Files.Count == 1):
                        // Many servers make a new ETag for each answer. One answer is still one file, and a digest still decides.
                        KeepWhat(outcome, planned.IsPinned);
                        mode = new PassMode(IsSequential: true, AsksForAll: true, IgnoresValidator: true);
                        break;
                    case SourceFailureKind.Moved or SourceFailureKind.Replaced when !planned.IsPinned:
                        return new FileMoved(failure.Error);
                    case SourceFailureKind.Restart when ++restarts <= MostRestarts:
                        stored = [];
                        break;
                    default:
                        KeepWhat(outcome, pass.IsGuarded);
                        Give(sourceIndex, failure.Kind == SourceFailureKind.Restart ? FetchErrors.Unjoined(failure.Error, planned.File.Path) : failure.Error);
                        return null;
                }
            }
        }
        finally
        {
            await (whole?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
    }

    private void KeepWhat(PassOutcome outcome, bool isGuarded)
    {
        if (!isGuarded)
        {
            stored = [];
            return;
        }

        foreach (var (index, chunk) in outcome.Chunks)
        {
            stored[index] = chunk;
        }
    }
}
