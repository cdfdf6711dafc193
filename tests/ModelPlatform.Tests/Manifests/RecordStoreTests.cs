using ModelPlatform.Manifests;
using ModelPlatform.Manifests.Azure;
using ModelPlatform.Manifests.FileSystem;
using ModelPlatform.Manifests.Memory;
using ModelPlatform.Tests.Stores;

namespace ModelPlatform.Tests.Manifests;

public sealed class MemoryRecordStoreTests : RecordStoreConformance
{
    private readonly MemoryRecordStore store = new(TimeProvider.System);

    protected override ValueTask<IRecordStore> CreateStoreAsync() => ValueTask.FromResult<IRecordStore>(store);
}

public sealed class FileSystemRecordStoreTests : RecordStoreConformance, IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("mp-records-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    protected override ValueTask<IRecordStore> CreateStoreAsync() => ValueTask.FromResult<IRecordStore>(new FileSystemRecordStore(root, TimeProvider.System));
}

public sealed class AzureRecordStoreTests : RecordStoreConformance, IClassFixture<AzureRecordStoreTests.Server>
{
    private readonly Server server;

    public AzureRecordStoreTests(Server server) => this.server = server;

    protected override async ValueTask<IRecordStore> CreateStoreAsync() => new AzureRecordStore((await server.AzuriteAsync()).CreateClient());

    public sealed class Server : IAsyncDisposable
    {
        private readonly Lazy<Task<AzuriteServer>> azurite = new(() => AzuriteServer.StartNewAsync(CancellationToken.None));

        public Task<AzuriteServer> AzuriteAsync() => azurite.Value;

        public async ValueTask DisposeAsync()
        {
            if (azurite.IsValueCreated && azurite.Value.IsCompletedSuccessfully)
            {
                await (await azurite.Value).DisposeAsync();
            }
        }
    }
}
