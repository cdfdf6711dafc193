using ModelPlatform.Client.Connection;
using ModelPlatform.Manifests;

namespace ModelPlatform.Client.Loading.Transfer;

/// <summary>A range of a file as a stream, one chunk at a time: its proof first, then its bytes.</summary>
internal sealed class VerifiedRange(
    ModelPlatformClient client, Manifest manifest, ManifestArtifact file, Places places, TimeSpan patience, long offset, long length) : Stream
{
    private readonly byte[] buffer = new byte[Math.Min(file.Chunking.ChunkSize, file.Size)];
    private long position;
    private int held = -1;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => position;
        set => throw new NotSupportedException();
    }

    /// <summary>Brings and proves the chunk that the next byte is in.</summary>
    public async Task<ApiProblem?> PrepareAsync(CancellationToken cancellationToken)
    {
        var index = (int)((offset + position) / file.Chunking.ChunkSize);
        if (position == length || index == held)
        {
            return null;
        }

        if (!(await client.Models.GetProofAsync(manifest.Model.Id, index, file.Path, cancellationToken)).TryGet(out var proof, out var problem))
        {
            return problem;
        }

        if (proof.ChunkIndex != index || proof.ChunkHash != file.Chunking.ChunkHashes[index] || !proof.Verify(file.MerkleRoot, file.Chunking.ChunkCount))
        {
            return FileDownload.Wrong($"{file.Path}: the proof of chunk {index} does not lead to the Merkle root {file.MerkleRoot}.");
        }

        held = -1;
        var failure = await new RunDownload(file, index, index, buffer, places, patience).RunAsync((proven, _) => held = proven, static () => true, cancellationToken);
        return held == index ? null : failure;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        if (await PrepareAsync(cancellationToken) is { } problem)
        {
            throw new ApiException(problem);
        }

        if (position == length || destination.IsEmpty)
        {
            return 0;
        }

        var start = (int)((offset + position) % file.Chunking.ChunkSize);
        var count = (int)Math.Min(Math.Min(destination.Length, length - position), ChunkProof.LengthOf(file, held) - start);
        buffer.AsMemory(start, count).CopyTo(destination);
        position += count;
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
