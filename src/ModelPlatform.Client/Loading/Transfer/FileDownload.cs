using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using ModelPlatform.Client.Connection;
using ModelPlatform.Integrity;
using ModelPlatform.Manifests;

namespace ModelPlatform.Client.Loading.Transfer;

/// <summary>
/// Completes one file. What a partial file already holds is proven and kept; the rest comes over several connections, each chunk hashed before it is written;
/// the hash of the whole follows the proven front of the file, so that it is there when the last chunk is.
/// </summary>
internal sealed class FileDownload(ManifestArtifact file, string partial, Places places, Tally tally, ModelLoaderOptions options) : IDisposable
{
    private readonly MissingChunks missing = new(file.Chunking.ChunkCount);
    private readonly SemaphoreSlim advanced = new(0);
    private int isSequential;

    /// <summary>Brings the partial file to the file the manifest names.</summary>
    /// <param name="donors">Files on this machine that may hold the same bytes.</param>
    /// <param name="isOffline">Whether nothing may be downloaded.</param>
    /// <param name="cancellationToken">Stops; what is proven stays.</param>
    public async Task<ApiProblem?> RunAsync(IReadOnlyList<string> donors, bool isOffline, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(partial)!);
        await ChunkProof.FindAsync(file, partial, index => Keep(index, isReused: true), cancellationToken);
        using var handle = File.OpenHandle(partial, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        foreach (var donor in donors)
        {
            await CopyAsync(donor, handle, cancellationToken);
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var whole = Task.Run(() => HashInOrderAsync(handle, stop.Token), CancellationToken.None);
        try
        {
            if (await DownloadAsync(handle, isOffline, stop, cancellationToken) is { } problem)
            {
                return problem;
            }

            tally.Source = places.LastName ?? tally.Source;
            RandomAccess.SetLength(handle, file.Size);
            var actual = await whole;
            return actual == file.Sha256 ? null : Wrong($"{file.Path}: File hash mismatch: every chunk fits the manifest, yet the file has SHA-256 {actual} where {file.Sha256} was promised.");
        }
        finally
        {
            await stop.CancelAsync();
            await ((Task)whole).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public void Dispose() => advanced.Dispose();

    public static ApiProblem Wrong(string message) => new() { Error = message, Code = ProblemCode.IntegrityFailed };

    private void Keep(int index, bool isReused)
    {
        missing.Verified(index);
        advanced.Release();
        tally.Add(ChunkProof.LengthOf(file, index), 1, isReused);
    }

    private async Task CopyAsync(string donor, SafeFileHandle handle, CancellationToken cancellationToken)
    {
        var found = new System.Collections.Concurrent.ConcurrentBag<int>();
        await ChunkProof.FindAsync(file, donor, found.Add, cancellationToken);
        if (found.IsEmpty)
        {
            return;
        }

        using var source = File.OpenHandle(donor);
        var buffer = new byte[file.Chunking.ChunkSize];
        foreach (var index in found.Where(index => !missing.IsVerified(index)))
        {
            var chunk = buffer.AsMemory(0, ChunkProof.LengthOf(file, index));
            await RandomAccess.ReadAsync(source, chunk, ChunkProof.OffsetOf(file, index), cancellationToken);
            if (Sha256Digest.Of(chunk.Span) == file.Chunking.ChunkHashes[index])
            {
                await RandomAccess.WriteAsync(handle, chunk, ChunkProof.OffsetOf(file, index), cancellationToken);
                Keep(index, isReused: true);
            }
        }
    }

    private async Task<Sha256Digest> HashInOrderAsync(SafeFileHandle handle, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var index = 0; index < file.Chunking.ChunkCount; index++)
        {
            while (!missing.IsVerified(index))
            {
                await advanced.WaitAsync(cancellationToken);
            }

            ChunkProof.Append(hash, handle, ChunkProof.OffsetOf(file, index), ChunkProof.LengthOf(file, index));
        }

        return new Sha256Digest(hash.GetHashAndReset());
    }

    private async Task<ApiProblem?> DownloadAsync(SafeFileHandle handle, bool isOffline, CancellationTokenSource stop, CancellationToken cancellationToken)
    {
        while (missing.Any)
        {
            if (isOffline)
            {
                return new ApiProblem { Error = $"{file.Path} is not here as a whole, and the loader is offline.", Code = ProblemCode.ModelNotFound };
            }

            tally.Begin();
            var workers = Enumerable.Range(0, isSequential == 1 ? 1 : Math.Clamp(options.Connections, 1, file.Chunking.ChunkCount)).Select(number => Task.Run(() => GuardAsync(number, handle, stop), CancellationToken.None));
            var problems = await Task.WhenAll(workers);
            cancellationToken.ThrowIfCancellationRequested();
            if (problems.FirstOrDefault(problem => problem is not null) is { } first)
            {
                return first;
            }
        }

        return null;
    }

    /// <summary>A connection's failure ends the others.</summary>
    private async Task<ApiProblem?> GuardAsync(int number, SafeFileHandle handle, CancellationTokenSource stop)
    {
        try
        {
            var problem = await WorkAsync(number, handle, stop.Token);
            if (problem is not null)
            {
                await stop.CancelAsync();
            }

            return problem;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return null;
        }
        catch
        {
            await stop.CancelAsync();
            throw;
        }
    }

    private async Task<ApiProblem?> WorkAsync(int number, SafeFileHandle handle, CancellationToken cancellationToken)
    {
        var buffer = new byte[Math.Min(file.Chunking.ChunkSize, file.Size)];
        while (missing.Take(toTheEnd: isSequential == 1) is { } run)
        {
            if (isSequential == 1 && number > 0)
            {
                // Who sends only from the beginning is asked once, by the first connection.
                missing.Return(run.First, run.Last);
                return null;
            }

            var transfer = new RunDownload(file, run.First, run.Last, buffer, places, options.NoProgressTimeout);
            try
            {
                var problem = await transfer.RunAsync(
                    (index, chunk) =>
                    {
                        RandomAccess.Write(handle, chunk.Span, ChunkProof.OffsetOf(file, index));
                        Keep(index, isReused: false);
                    },
                    () => Interlocked.Exchange(ref isSequential, 1) == 0 || number == 0,
                    cancellationToken);
                if (problem is not null)
                {
                    return problem;
                }
            }
            finally
            {
                missing.Return(run.First, run.Last);
            }
        }

        return null;
    }
}
