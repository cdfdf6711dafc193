using ModelPlatform.Fetching.Transfer;
using ModelPlatform.Integrity;
using ModelPlatform.Sources;

namespace ModelPlatform.Fetching;

/// <summary>The part that judges what came.</summary>
internal sealed partial class FileFetch
{
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

    /// <summary>Whether the same source is asked once more after bytes that do not match their digest: something on the way may have spoilt them.</summary>
    private bool IsWorthAgain(PassCompleted completed, int sourceIndex, PassMode mode, bool hadStored)
    {
        // The journal may hold the wrong chunk: nothing of it is built on again.
        stored = [];
        var isFirst = wrong is null;
        (wrong, wrongSource) = (completed, sources[sourceIndex].Source);
        wrongIndex ??= sourceIndex == plan.SourceIndex ? sourceIndex : null;
        return isFirst && sources.Count == 1 && (hadStored || !mode.IgnoresValidator);
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
