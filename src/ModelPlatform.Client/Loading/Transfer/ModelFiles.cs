using ModelPlatform.Client.Connection;
using ModelPlatform.Manifests;

namespace ModelPlatform.Client.Loading.Transfer;

/// <summary>Completes a directory to a model: what is there and right stays, what is not is brought, and a file gets its name only when it is proven.</summary>
internal sealed class ModelFiles(ModelPlatformClient client, ModelLoaderOptions options)
{
    private const int SmallAtOnce = 4;

    /// <param name="manifest">The model, verified.</param>
    /// <param name="place">Where its files go.</param>
    /// <param name="tally">Counts.</param>
    /// <param name="cancellationToken">Stops; what is proven stays.</param>
    public async Task<ApiProblem?> CompleteAsync(Manifest manifest, ModelPlace place, Tally tally, CancellationToken cancellationToken)
    {
        ApiProblem? problem = null;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            // Small files wait for answers more than for bytes, so several go at once; large ones have several connections each.
            await Parallel.ForEachAsync(
                manifest.Artifacts.Where(IsSmall),
                new ParallelOptions { MaxDegreeOfParallelism = SmallAtOnce, CancellationToken = stop.Token },
                async (file, token) =>
                {
                    if (await CompleteAsync(manifest, file, place, tally, token) is { } failure)
                    {
                        problem = failure;
                        await stop.CancelAsync();
                    }
                });
            foreach (var file in manifest.Artifacts.Where(file => !IsSmall(file)))
            {
                if (await CompleteAsync(manifest, file, place, tally, cancellationToken) is { } failure)
                {
                    return failure;
                }
            }
        }
        catch (OperationCanceledException) when (problem is not null && !cancellationToken.IsCancellationRequested)
        {
            return problem;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new ApiProblem { Error = exception.Message, Code = IsFull(exception) ? ProblemCode.DiskFull : ProblemCode.StorageFailed, Retryable = exception is IOException && !IsFull(exception) };
        }

        return problem;
    }

    /// <summary>Whether every file is there and proven.</summary>
    public static async Task<bool> AreProvenAsync(Manifest manifest, string files, CancellationToken cancellationToken)
    {
        foreach (var file in manifest.Artifacts)
        {
            if (!await ChunkProof.FindAsync(file, PathOf(files, file), static _ => { }, cancellationToken))
            {
                return false;
            }
        }

        return true;
    }

    public static string PathOf(string root, ManifestArtifact file) => Path.Combine(root, Path.Combine(file.Path.Split('/')));

    private async Task<ApiProblem?> CompleteAsync(Manifest manifest, ManifestArtifact file, ModelPlace place, Tally tally, CancellationToken cancellationToken)
    {
        var target = PathOf(place.Files, file);
        var partial = Path.Combine(place.Partial, $"{file.Sha256}.part");
        if (await ChunkProof.FindAsync(file, target, static _ => { }, cancellationToken))
        {
            tally.Add(file.Size, file.Chunking.ChunkCount, isReused: true);
            return null;
        }

        if (File.Exists(target) && !File.Exists(partial))
        {
            // Damaged, or another version: what is right in it need not come again.
            Directory.CreateDirectory(place.Partial);
            File.Move(target, partial);
        }

        using (var download = new FileDownload(file, partial, Places.Of(file, manifest, client, options), tally, options))
        {
            if (await download.RunAsync(place.Donor is { } donor ? [PathOf(donor, file)] : [], options.Offline, cancellationToken) is { } problem)
            {
                return problem;
            }
        }

        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        if (place.IsDurable)
        {
            using var written = File.OpenHandle(partial, FileMode.Open, FileAccess.ReadWrite);
            RandomAccess.FlushToDisk(written);
        }

        File.Move(partial, target, overwrite: true);
        return null;
    }

    private static bool IsSmall(ManifestArtifact file) => file.Chunking.ChunkCount <= 1;

    // ENOSPC, EDQUOT; ERROR_DISK_FULL, ERROR_HANDLE_DISK_FULL.
    private static bool IsFull(Exception exception) => (exception.HResult & 0xFFFF) is 28 or 122 or 112 or 39;
}

/// <summary>Where a model's files go.</summary>
/// <param name="Files">The directory of the files.</param>
/// <param name="Partial">The directory of what is half there.</param>
/// <param name="Donor">A directory that may hold the same files.</param>
/// <param name="IsDurable">Whether a file must survive a power cut before it gets its name: nobody proves it again.</param>
internal sealed record ModelPlace(string Files, string Partial, string? Donor = null, bool IsDurable = false);
