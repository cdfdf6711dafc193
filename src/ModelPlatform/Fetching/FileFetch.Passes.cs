using ModelPlatform.Fetching.Transfer;
using ModelPlatform.Sources;

namespace ModelPlatform.Fetching;

/// <summary>The part that goes once through the file.</summary>
internal sealed partial class FileFetch
{
    private PassRequest PassOf(int sourceIndex, SourceFile file, PassMode mode) => new()
    {
        FileIndex = fileIndex,
        File = file with { Sha256 = file.Sha256 ?? planned.Sha256, GitBlobSha1 = planned.File.GitBlobSha1, Size = file.Size ?? planned.File.Size },
        Source = sources[sourceIndex].Source,
        SourceIndex = sourceIndex,
        Path = planned.File.Path,
        ChunkSize = planned.ChunkSize,
        KnownChunks = planned.Chunks,
        Stored = stored,
        IsGuarded = planned.IsPinned || (!mode.IgnoresValidator && IsGuarded(sourceIndex)),
        IsPinned = planned.IsPinned,
        IsSequential = mode.IsSequential,
        AsksForAll = mode.AsksForAll,
        IgnoresValidator = mode.IgnoresValidator,
    };

    private async Task<PassOutcome> PassAsync(PassRequest pass, CancellationToken cancellationToken)
    {
        using var running = new FilePass(context, pass, cancellationToken);
        return await running.RunAsync(cancellationToken);
    }

    /// <summary>
    /// Answers that nothing ties together, neither digest nor validator, were joined after breaks. Whatever came before the last of them is read once more: if it is
    /// still what it was, then all of it was there together when the last answer began.
    /// </summary>
    /// <returns>What keeps it from being shown; null where it is shown, or there was nothing to show.</returns>
    private async Task<SourceFailure?> ConfirmAsync(PassRequest pass, PassCompleted completed, CancellationToken cancellationToken)
    {
        if (completed.JoinedAt == 0)
        {
            return null;
        }

        var outcome = await PassAsync(
            pass with
            {
                File = pass.File with { Size = completed.Size },
                KnownChunks = Proven(completed).Chunks,
                Stored = new Dictionary<int, JournaledChunk>(),
                IsGuarded = true,
                IsSequential = false,
                Opened = null,
                Confirms = (int)((completed.JoinedAt + planned.ChunkSize - 1) / planned.ChunkSize),
            },
            cancellationToken);
        if (outcome is not PassFailed failed)
        {
            return null;
        }

        await (failed.Whole?.DisposeAsync() ?? ValueTask.CompletedTask);
        return new SourceFailure(failed.Failure.Error, SourceFailureKind.Restart, failed.Failure);
    }

    /// <summary>How a source is read.</summary>
    private readonly record struct PassMode(bool IsSequential, bool AsksForAll = false, bool IgnoresValidator = false);
}
