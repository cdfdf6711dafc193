using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using ModelPlatform.Client.Connection;
using ModelPlatform.Client.Models;

namespace ModelPlatform.Client.Loading;

/// <summary>
/// Brings a model into a directory. The manifest is checked first; each chunk is hashed when it is complete and asked for again, from another place, where it does not match;
/// each file is hashed as a whole before it gets its name. What an interrupted pull left is proven and kept. No file is held in memory.
/// </summary>
public sealed class ModelPuller(ModelPlatformClient client)
{
    private const int Tries = 3;

    /// <summary>Pulls every file of a model.</summary>
    /// <param name="model">name, name:version or name@alias.</param>
    /// <param name="directory">Made where it does not exist. Files that are there with the right content are kept, others of the same name replaced.</param>
    /// <param name="progress">Told after each chunk.</param>
    /// <param name="cancellationToken">Stops; what is proven stays for the next pull.</param>
    /// <returns>The files, or IntegrityFailed where every place delivers other bytes than the manifest names.</returns>
    public async Task<ApiResult<PulledFiles>> PullAsync(string model, string directory, IProgress<PullProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var answer = await client.Models.GetManifestAsync(model, cancellationToken);
        if (!answer.TryGet(out var document, out var problem))
        {
            return problem;
        }

        if (ManifestCheck.Check(document) is { } fault)
        {
            return fault;
        }

        var manifest = document.Manifest;
        var root = Path.GetFullPath(directory);
        var tally = new Tally(manifest, progress);
        try
        {
            foreach (var file in manifest.Artifacts)
            {
                if (await PullFileAsync(manifest, file, Path.Combine(root, Path.Combine(file.Path.Split('/'))), tally, cancellationToken) is { } failure)
                {
                    return failure;
                }
            }
        }
        catch (IOException exception) when (exception is not HttpIOException)
        {
            return new ApiProblem { Error = exception.Message, Code = ProblemCode.StorageFailed, Retryable = true };
        }
        catch (UnauthorizedAccessException exception)
        {
            return new ApiProblem { Error = exception.Message, Code = ProblemCode.StorageFailed };
        }

        tally.Finish();
        return new PulledFiles(manifest, root, tally.Reused);
    }

    private async Task<ApiProblem?> PullFileAsync(Manifest manifest, ManifestArtifact file, string path, Tally tally, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var partial = $"{path}.part";
        if (!File.Exists(partial) && File.Exists(path) && new FileInfo(path).Length == file.Size)
        {
            // Perhaps it is whole already: it is proven in place, and only moved aside where it is not.
            using var present = File.OpenHandle(path, options: FileOptions.Asynchronous);
            if (await AreAllProvenAsync(present, file, cancellationToken))
            {
                tally.Add(file.Size, file.Chunking!.ChunkCount, isReused: true);
                return null;
            }
        }

        using (var handle = File.OpenHandle(partial, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, FileOptions.Asynchronous))
        {
            var missing = new List<int>();
            for (var index = 0; index < file.Chunking!.ChunkCount; index++)
            {
                if (await IsProvenAsync(handle, file, index, cancellationToken))
                {
                    tally.Add(LengthOf(file, index), 1, isReused: true);
                }
                else
                {
                    missing.Add(index);
                }
            }

            if (await DownloadAsync(manifest, file, handle, missing, tally, cancellationToken) is { } failure)
            {
                return failure;
            }

            RandomAccess.SetLength(handle, file.Size);
            if (await HashAsync(handle, 0, file.Size, cancellationToken) is var whole && whole != file.Sha256)
            {
                return ManifestCheck.Wrong($"{file.Path}: every chunk fits the manifest, yet the file has SHA-256 {whole} where {file.Sha256} was promised.");
            }

            RandomAccess.FlushToDisk(handle);
        }

        File.Move(partial, path, overwrite: true);
        return null;
    }

    /// <summary>Runs of missing chunks, each from one connection; a chunk that does not match goes back to the list.</summary>
    private async Task<ApiProblem?> DownloadAsync(Manifest manifest, ManifestArtifact file, SafeFileHandle handle, List<int> missing, Tally tally, CancellationToken cancellationToken)
    {
        ApiProblem? last = null;
        for (var tried = 0; missing.Count > 0;)
        {
            var (first, before) = (missing[0], missing.Count);
            var run = missing.TakeWhile((index, offset) => index == first + offset).Count();
            var from = first * file.Chunking!.ChunkSize;
            var opened = await client.Models.OpenArtifactAsync(manifest.Model.Id, file.Path, from, Math.Min(file.Size, from + (run * file.Chunking.ChunkSize)) - 1, cancellationToken);
            if (!opened.TryGet(out var response, out last))
            {
                if (!last.Retryable || ++tried >= Tries)
                {
                    return last;
                }

                continue;
            }

            using (response)
            {
                last = await ReceiveAsync(response, file, handle, missing, run, from, tally, cancellationToken);
            }

            // Progress resets the patience.
            tried = missing.Count < before ? 0 : tried + 1;
            if (tried >= Tries)
            {
                return last ?? new ApiProblem { Error = $"{file.Path}: the transfer ends early again and again.", Code = ProblemCode.DownloadIncomplete, Retryable = true };
            }
        }

        return null;
    }

    private static async Task<ApiProblem?> ReceiveAsync(
        HttpResponseMessage response, ManifestArtifact file, SafeFileHandle handle, List<int> missing, int run, long from, Tally tally, CancellationToken cancellationToken)
    {
        // Whoever does not know ranges sends the file from its beginning.
        var skip = response.StatusCode == System.Net.HttpStatusCode.PartialContent ? 0 : from;
        var chunkSize = (int)file.Chunking!.ChunkSize;
        var buffer = ArrayPool<byte>.Shared.Rent(chunkSize);
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            while (skip > 0)
            {
                var count = await body.ReadAsync(buffer.AsMemory(0, (int)Math.Min(skip, chunkSize)), cancellationToken);
                if (count == 0)
                {
                    return null;
                }

                skip -= count;
            }

            for (var i = 0; i < run; i++)
            {
                var index = missing[0];
                var chunk = buffer.AsMemory(0, (int)LengthOf(file, index));
                if (await body.ReadAtLeastAsync(chunk, chunk.Length, throwOnEndOfStream: false, cancellationToken) < chunk.Length)
                {
                    return null;
                }

                var actual = Convert.ToHexStringLower(SHA256.HashData(chunk.Span));
                if (actual != file.Chunking.ChunkHashes[index])
                {
                    return ManifestCheck.Wrong($"{file.Path}, chunk {index}: expected {file.Chunking.ChunkHashes[index]}, got {actual}.");
                }

                await RandomAccess.WriteAsync(handle, chunk, index * file.Chunking.ChunkSize, cancellationToken);
                missing.RemoveAt(0);
                tally.Add(chunk.Length, 1, isReused: false);
            }

            return null;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && exception is HttpIOException or HttpRequestException)
        {
            return new ApiProblem { Error = $"{file.Path}: {exception.Message}", Code = ProblemCode.DownloadIncomplete, Retryable = true };
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static long LengthOf(ManifestArtifact file, int index) => Math.Min(file.Chunking!.ChunkSize, file.Size - (index * file.Chunking.ChunkSize));

    private static async Task<bool> AreAllProvenAsync(SafeFileHandle handle, ManifestArtifact file, CancellationToken cancellationToken)
    {
        for (var index = 0; index < file.Chunking!.ChunkCount; index++)
        {
            if (!await IsProvenAsync(handle, file, index, cancellationToken))
            {
                return false;
            }
        }

        return await HashAsync(handle, 0, file.Size, cancellationToken) == file.Sha256;
    }

    private static async Task<bool> IsProvenAsync(SafeFileHandle handle, ManifestArtifact file, int index, CancellationToken cancellationToken)
    {
        var (offset, length) = (index * file.Chunking!.ChunkSize, LengthOf(file, index));
        return RandomAccess.GetLength(handle) >= offset + length && await HashAsync(handle, offset, length, cancellationToken) == file.Chunking.ChunkHashes[index];
    }

    private static async Task<string> HashAsync(SafeFileHandle handle, long offset, long length, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(1 << 20);
        try
        {
            while (length > 0)
            {
                var count = await RandomAccess.ReadAsync(handle, buffer.AsMemory(0, (int)Math.Min(buffer.Length, length)), offset, cancellationToken);
                if (count == 0)
                {
                    break;
                }

                hash.AppendData(buffer, 0, count);
                (offset, length) = (offset + count, length - count);
            }

            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private sealed class Tally(Manifest manifest, IProgress<PullProgress>? progress)
    {
        private readonly long total = manifest.Artifacts.Sum(file => file.Size);
        private readonly int totalChunks = manifest.Artifacts.Sum(file => file.Chunking!.ChunkCount);
        private long bytes;
        private int chunks;

        public long Reused { get; private set; }

        public void Add(long length, int count, bool isReused)
        {
            bytes += length;
            chunks += count;
            Reused += isReused ? length : 0;
            progress?.Report(new PullProgress(manifest.Model.Id, "downloading", total == 0 ? 1 : (double)bytes / total, chunks, totalChunks, bytes, total, false));
        }

        public void Finish() => progress?.Report(new PullProgress(manifest.Model.Id, "complete", 1, chunks, totalChunks, bytes, total, true));
    }
}
