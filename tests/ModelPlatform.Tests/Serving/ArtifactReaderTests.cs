using System.IO.Pipelines;
using Microsoft.Extensions.Logging.Abstractions;
using ModelPlatform.Chunks;
using ModelPlatform.Chunks.FileSystem;
using ModelPlatform.Chunks.Memory;
using ModelPlatform.Integrity;
using ModelPlatform.Manifests;
using ModelPlatform.Serving;
using ModelPlatform.Sources;

namespace ModelPlatform.Tests.Serving;

public sealed class ArtifactReaderTests : IDisposable
{
    private const int ChunkSize = 256 * 1024;
    private readonly string directory = Directory.CreateTempSubdirectory("serving").FullName;
    private readonly byte[] content = Content((3 * ChunkSize) + 77);

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Theory]
    [InlineData(true, ChunkCompression.None)]
    [InlineData(true, ChunkCompression.Zlib)]
    [InlineData(false, ChunkCompression.None)]
    public async Task CopyToAsync_AnyRange_GivesExactlyItsBytes(bool files, ChunkCompression compression)
    {
        var store = Store(files, compression);
        var artifact = await StoreAsync(store);
        var reader = new ArtifactReader(Chunks(store));
        foreach (var (offset, length) in new[] { (0, content.Length), (0, 1), (ChunkSize - 1, 2), (ChunkSize, ChunkSize), (content.Length - 1, 1), (100_000, 400_000), (5, 0) })
        {
            Assert.Equal(content.AsSpan(offset, length).ToArray(), await ReadAsync(reader, artifact, offset, length));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task OpenRead_SeekAndRead_GivesTheFilesBytes(bool files)
    {
        var store = Store(files);
        var artifact = await StoreAsync(store);
        await using var stream = new ArtifactReader(Chunks(store)).OpenRead(artifact);
        using var copy = new MemoryStream();
        stream.Position = 12_345;
        await stream.CopyToAsync(copy, TestContext.Current.CancellationToken);
        Assert.Equal(content[12_345..], copy.ToArray());
    }

    [Fact]
    public async Task CopyToAsync_StoredFileChangedAfterItWasServed_RefusesAndQuarantinesIt()
    {
        var store = Store(files: true);
        var artifact = await StoreAsync(store);
        var reader = new ArtifactReader(Chunks(store));
        Assert.Equal(content, await ReadAsync(reader, artifact, 0, content.Length));

        var bad = artifact.Chunking.ChunkHashes[1];
        var path = Directory.EnumerateFiles(directory, $"{bad}*", SearchOption.AllDirectories).Single();
        using (var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite))
        {
            RandomAccess.Write(file, new byte[] { (byte)(content[ChunkSize] ^ 1) }, 0);
        }

        var received = new List<byte>();
        var failure = await Assert.ThrowsAsync<PlatformException>(() => ReadAsync(reader, artifact, 0, content.Length, received));
        Assert.Equal(ErrorCode.IntegrityFailed, failure.Error.Code);
        Assert.Equal(content[..ChunkSize], received);
        Assert.Equal(1, await store.CountQuarantinedAsync(TestContext.Current.CancellationToken));
        Assert.Equal(ErrorCode.StorageFailed, (await Assert.ThrowsAsync<PlatformException>(() => ReadAsync(reader, artifact, ChunkSize, 1))).Error.Code);
    }

    [Fact]
    public async Task CopyToAsync_ManySlowReadersAndACacheOfTwoChunks_AllEndExact()
    {
        var store = Store(files: false);
        var artifact = await StoreAsync(store);
        var reader = new ArtifactReader(Chunks(store, cacheBytes: 2 * ChunkSize));
        var readers = Enumerable.Range(0, 40).Select(async number =>
        {
            var offset = number * 17_000;
            Assert.Equal(content[offset..], await ReadAsync(reader, artifact, offset, content.Length - offset, pause: TimeSpan.FromMilliseconds(1)));
        });
        await Task.WhenAll(readers).WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
    }

    private static async Task<byte[]> ReadAsync(ArtifactReader reader, ManifestArtifact artifact, long offset, long length, List<byte>? received = null, TimeSpan pause = default)
    {
        received ??= [];
        var pipe = new Pipe();
        var copying = Task.Run(async () =>
        {
            try
            {
                await reader.CopyToAsync(artifact, offset, length, pipe.Writer, TestContext.Current.CancellationToken);
            }
            finally
            {
                await pipe.Writer.CompleteAsync();
            }
        });
        ReadResult read;
        do
        {
            read = await pipe.Reader.ReadAsync(TestContext.Current.CancellationToken);
            foreach (var segment in read.Buffer)
            {
                received.AddRange(segment.Span);
            }

            pipe.Reader.AdvanceTo(read.Buffer.End);
            await Task.Delay(pause);
        }
        while (!read.IsCompleted);
        await copying;
        return [.. received];
    }

    private static VerifiedChunks Chunks(IChunkStore store, long cacheBytes = 64 << 20) => new(store, new ServingOptions { CacheBytes = cacheBytes }, NullLogger<VerifiedChunks>.Instance);

    private static byte[] Content(int length)
    {
        var bytes = new byte[length];
        new Random(7).NextBytes(bytes.AsSpan(0, length / 2));
        return bytes;
    }

    private IChunkStore Store(bool files, ChunkCompression compression = ChunkCompression.None) =>
        files ? new FileSystemChunkStore(directory, compression, TimeProvider.System, NullLogger<FileSystemChunkStore>.Instance) : new MemoryChunkStore(TimeProvider.System);

    private async Task<ManifestArtifact> StoreAsync(IChunkStore store)
    {
        List<Sha256Digest> hashes = [];
        for (var offset = 0; offset < content.Length; offset += ChunkSize)
        {
            var chunk = content.AsMemory(offset, Math.Min(ChunkSize, content.Length - offset));
            hashes.Add(Sha256Digest.Of(chunk.Span));
            await store.PutAsync(hashes[^1], chunk, TestContext.Current.CancellationToken);
        }

        await store.FlushAsync(TestContext.Current.CancellationToken);
        return new ManifestArtifact
        {
            Path = "model.onnx",
            Size = content.Length,
            Sha256 = Sha256Digest.Of(content),
            Chunking = new ManifestChunking { ChunkSize = ChunkSize, ChunkCount = hashes.Count, ChunkHashes = hashes },
            MerkleRoot = hashes[0],
        };
    }
}
