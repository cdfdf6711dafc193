using System.IO.Pipelines;
using ModelPlatform.Integrity;
using ModelPlatform.Manifests;

namespace ModelPlatform.Serving;

/// <summary>Copies in slices that fit the transport, and holds a chunk only while a slice is copied: a slow client holds no memory but its own pipe.</summary>
internal sealed class ArtifactReader(VerifiedChunks chunks) : IArtifactReader
{
    /// <summary>Measured with Kestrel: smaller slices cost system calls, larger ones cache misses.</summary>
    private const int Slice = 64 * 1024;

    /// <summary>Until a reader has shown that it takes what it asked for, little waits for it: hundreds of slow ones hold hundreds of these.</summary>
    private const int FirstSlice = 16 * 1024;
    private const int Shown = 1024 * 1024;

    public async Task CopyToAsync(ManifestArtifact artifact, long offset, long length, PipeWriter destination, CancellationToken cancellationToken)
    {
        var chunkSize = artifact.Chunking.ChunkSize;
        var (start, end) = (offset, offset + length);
        while (offset < end)
        {
            var index = (int)(offset / chunkSize);
            var from = (int)(offset - ((long)index * chunkSize));
            var to = (int)Math.Min(LengthOf(artifact, index), end - ((long)index * chunkSize));
            if (end > (long)(index + 1) * chunkSize)
            {
                chunks.ReadAhead(artifact.Chunking.ChunkHashes[index + 1], LengthOf(artifact, index + 1));
            }

            if (!await CopyChunkAsync(artifact.Chunking.ChunkHashes[index], LengthOf(artifact, index), from, to, offset - start, destination, cancellationToken))
            {
                return;
            }

            offset += to - from;
        }
    }

    public Stream OpenRead(ManifestArtifact artifact) => new ArtifactStream(artifact, chunks);

    /// <summary>How many bytes chunk <paramref name="index"/> of an artifact has.</summary>
    internal static int LengthOf(ManifestArtifact artifact, int index) =>
        (int)Math.Min(artifact.Chunking.ChunkSize, artifact.Size - ((long)index * artifact.Chunking.ChunkSize));

    /// <returns>False where the reader has gone.</returns>
    private async ValueTask<bool> CopyChunkAsync(Sha256Digest id, int length, int from, int to, long taken, PipeWriter destination, CancellationToken cancellationToken)
    {
        using var file = chunks.OpenFile(id, length);
        while (from < to)
        {
            var count = Math.Min(taken < Shown ? FirstSlice : Slice, to - from);
            var memory = destination.GetMemory(count)[..count];
            if (file is not null)
            {
                file.Read(memory.Span, from);
            }
            else
            {
                using var chunk = await chunks.AcquireAsync(id, length, cancellationToken);
                chunk.Bytes.Span.Slice(from, count).CopyTo(memory.Span);
            }

            destination.Advance(count);
            from += count;
            taken += count;
            var flushed = await destination.FlushAsync(cancellationToken);
            if (flushed.IsCompleted || flushed.IsCanceled)
            {
                return false;
            }
        }

        return true;
    }
}
