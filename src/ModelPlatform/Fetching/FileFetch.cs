using ModelPlatform.Fetching.Planning;
using ModelPlatform.Fetching.Transfer;
using ModelPlatform.Integrity;
using ModelPlatform.Sources;

namespace ModelPlatform.Fetching;

/// <summary>Brings in one file: passes over its sources in order until one gives the right bytes, keeping what is verified where the next may build on it.</summary>
internal sealed class FileFetch(FetchContext context, FetchPlanner planner, FetchRequest request, FetchPlan plan, int fileIndex)
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

    /// <summary>All passes over one source.</summary>
    /// <returns>Null where the next source is to be tried.</returns>
    private async Task<FileOutcome?> TryAsync(int sourceIndex, SourceFile file, CancellationToken cancellationToken)
    {
        var isSequential = file.AcceptsRanges == false || (!IsGuarded(sourceIndex) && file.Validator is null);
        var asksForAll = false;
        for (var restarts = 0; ;)
        {
            var outcome = await PassAsync(sourceIndex, file, isSequential, asksForAll, cancellationToken);
            if (outcome is PassCompleted completed)
            {
                if (Mismatch(completed, file, sourceIndex) is not { } mismatch)
                {
                    ReportLiar(completed, sourceIndex);
                    return new FileDone(Proven(completed));
                }

                // The journal may hold the wrong chunk: nothing of it is built on again.
                stored = [];
                var isFirst = wrong is null;
                (wrong, wrongSource) = (completed, sources[sourceIndex].Source);
                wrongIndex ??= sourceIndex == plan.SourceIndex ? sourceIndex : null;
                if (isFirst && sources.Count == 1)
                {
                    continue;
                }

                Give(sourceIndex, mismatch);
                return null;
            }

            var failure = ((PassFailed)outcome).Failure;
            switch (failure.Kind)
            {
                case SourceFailureKind.NoRanges when !asksForAll:
                    isSequential = asksForAll = true;
                    Keep(outcome);
                    break;
                case SourceFailureKind.Restart when ++restarts <= MostRestarts:
                    stored = [];
                    break;
                case SourceFailureKind.Moved when !planned.IsPinned:
                    return new FileMoved(failure.Error);
                default:
                    Keep(outcome);
                    Give(sourceIndex, failure.Error);
                    return null;
            }
        }
    }

    private async Task<PassOutcome> PassAsync(int sourceIndex, SourceFile file, bool isSequential, bool asksForAll, CancellationToken cancellationToken)
    {
        var pass = new PassRequest
        {
            FileIndex = fileIndex,
            File = file with { Sha256 = file.Sha256 ?? planned.Sha256, GitBlobSha1 = planned.File.GitBlobSha1, Size = file.Size ?? planned.File.Size },
            Source = sources[sourceIndex].Source,
            SourceIndex = sourceIndex,
            Path = planned.File.Path,
            ChunkSize = planned.ChunkSize,
            KnownChunks = planned.Chunks,
            Stored = stored,
            IsGuarded = IsGuarded(sourceIndex),
            IsPinned = planned.IsPinned,
            IsSequential = isSequential,
            AsksForAll = asksForAll,
        };
        using var running = new FilePass(context, pass, cancellationToken);
        return await running.RunAsync(cancellationToken);
    }

    private void Keep(PassOutcome outcome)
    {
        foreach (var (index, chunk) in outcome.Chunks)
        {
            stored[index] = chunk;
        }
    }

    private PlatformError? Mismatch(PassCompleted completed, SourceFile file, int sourceIndex)
    {
        var source = sources[sourceIndex].Source;
        if (planned.Sha256 is { } expected && completed.Sha256.ToString() != expected)
        {
            return FetchErrors.WrongFile(planned.File.Path, source, expected, completed.Sha256.ToString());
        }

        if (completed.GitBlobSha1 is { } git && !string.Equals(git, planned.File.GitBlobSha1, StringComparison.OrdinalIgnoreCase))
        {
            return FetchErrors.WrongFile(planned.File.Path, source, $"git blob {planned.File.GitBlobSha1}", $"git blob {git}");
        }

        return file.Size is { } size && size != completed.Size ? FetchErrors.WrongSize(planned.File.Path, source, size, completed.Size) : null;
    }

    /// <summary>Where an earlier pass was wrong, the right one shows in which chunk, and so whose fault it was.</summary>
    private void ReportLiar(PassCompleted right, int sourceIndex)
    {
        if (wrong is null)
        {
            return;
        }

        var differing = right.Chunks.Values.Where(chunk => wrong.Chunks.TryGetValue(chunk.Index, out var other) && other.Id != chunk.Id).OrderBy(chunk => chunk.Index).ToList();
        if (differing is [var first, ..])
        {
            var error = FetchErrors.WrongChunk(planned.File.Path, first.Index, wrongSource!, first.Id, wrong.Chunks[first.Index].Id);
            context.Progress.SourceFailed(wrongSource!, error with { Message = $"{error.Message} {differing.Count} chunks differ from what '{sources[sourceIndex].Source}' sent, which matches the digest." });
        }
    }

    private void Give(int sourceIndex, PlatformError error)
    {
        errors.Add(error);
        context.Skipped(planned.File.Path, sources[sourceIndex], error);
        if (IsElsewhere(sourceIndex))
        {
            return;
        }

        context.Progress.SourceFailed(sources[sourceIndex].Source, error);
    }

    private FetchedFile Proven(PassCompleted completed)
    {
        var chunks = new Sha256Digest[completed.Chunks.Count];
        foreach (var (index, chunk) in completed.Chunks)
        {
            chunks[index] = chunk.Id;
        }

        return new FetchedFile(planned.File.Path, completed.Size, completed.Sha256, planned.ChunkSize, chunks);
    }
}

/// <summary>How the fetching of a file ended.</summary>
internal abstract record FileOutcome;

/// <summary>It is here.</summary>
internal sealed record FileDone(FetchedFile File) : FileOutcome;

/// <summary>No source gave it.</summary>
internal sealed record FileFailed(PlatformError Error) : FileOutcome;

/// <summary>It changed at the source, and nothing said which of its contents was meant: the plan is void.</summary>
internal sealed record FileMoved(PlatformError Error) : FileOutcome;
