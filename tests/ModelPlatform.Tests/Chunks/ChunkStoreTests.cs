using Microsoft.Extensions.Logging.Abstractions;
using ModelPlatform.Chunks;
using ModelPlatform.Chunks.Azure;
using ModelPlatform.Chunks.FileSystem;
using ModelPlatform.Chunks.Memory;
using ModelPlatform.Tests.Stores;

namespace ModelPlatform.Tests.Chunks;

public sealed class MemoryChunkStoreTests : ChunkStoreConformance
{
    protected override ValueTask<IChunkStore> CreateAsync() => ValueTask.FromResult<IChunkStore>(new MemoryChunkStore(TimeProvider.System));
}

public sealed class FileSystemChunkStoreTests : FileSystemChunkStoreConformance
{
    protected override ChunkCompression Compression => ChunkCompression.None;
}

public sealed class FileSystemBrotliChunkStoreTests : FileSystemChunkStoreConformance
{
    protected override ChunkCompression Compression => ChunkCompression.Brotli;
}

public sealed class FileSystemZlibChunkStoreTests : FileSystemChunkStoreConformance
{
    protected override ChunkCompression Compression => ChunkCompression.Zlib;
}

public sealed class AzureChunkStoreTests(AzureChunkStoreTests.Server server) : ChunkStoreConformance, IClassFixture<AzureChunkStoreTests.Server>
{
    protected override async ValueTask<IChunkStore> CreateAsync() => await server.CreateAsync(ChunkCompression.None);

    /// <summary>One Azurite for the class, a container for each test.</summary>
    public sealed class Server : IAsyncDisposable
    {
        private readonly Lazy<Task<AzuriteServer>> azurite = new(() => AzuriteServer.StartNewAsync(CancellationToken.None));

        public async Task<IChunkStore> CreateAsync(ChunkCompression compression) =>
            new AzureChunkStore((await azurite.Value).CreateClient().GetBlobContainerClient($"chunks-{Guid.NewGuid():N}"), compression, TimeProvider.System);

        public async ValueTask DisposeAsync()
        {
            if (azurite is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
            {
                await (await azurite.Value).DisposeAsync();
            }
        }
    }
}

public sealed class AzureBrotliChunkStoreTests(AzureChunkStoreTests.Server server) : ChunkStoreConformance, IClassFixture<AzureChunkStoreTests.Server>
{
    protected override async ValueTask<IChunkStore> CreateAsync() => await server.CreateAsync(ChunkCompression.Brotli);
}

public abstract class FileSystemChunkStoreConformance : ChunkStoreConformance, IDisposable
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("chunks-");

    protected abstract ChunkCompression Compression { get; }

    public void Dispose()
    {
        directory.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    protected override ValueTask<IChunkStore> CreateAsync() => ValueTask.FromResult<IChunkStore>(
        new FileSystemChunkStore(directory.FullName, Compression, TimeProvider.System, NullLogger<FileSystemChunkStore>.Instance));
}
