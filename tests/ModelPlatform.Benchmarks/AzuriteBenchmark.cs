using System.Security.Cryptography;
using Azure.Storage.Blobs;

namespace ModelPlatform.Benchmarks;

/// <summary>A fetch into the emulator of Azure's blob storage, against the Azure SDK alone uploading as many chunks, four at once, from memory.</summary>
internal static class AzuriteBenchmark
{
    private const int ChunkSize = 5 * 1024 * 1024;
    private const int AtOnce = 4;

    public static async Task RunAsync(BenchmarkSettings settings)
    {
        Environment.SetEnvironmentVariable("TMPDIR", settings.Directory);
        await using var origin = await GeneratedOrigin.StartAsync();
        await using var platform = await PlatformProcesses.StartAsync(origin.Address, store: "azure");
        var container = new BlobServiceClient(platform.SettingOf("api", "ConnectionStrings__blobs")).GetBlobContainerClient("plain");
        await container.CreateIfNotExistsAsync();
        await platform.FetchAsync(new Uri(origin.Address, "64/0"), "warm");
        var seed = 1;
        await new Contest("into Azurite", settings)
            .Add("plain SDK upload, 4 at once", () => UploadAsync(container, settings.Bytes), () => ForgetAsync(container))
            .Add("ModelPlatform, from POST to published", () => platform.FetchAsync(new Uri(origin.Address, $"{settings.SizeMiB}/{seed}"), $"model-{seed++}"), cpu: platform.Cpu)
            .RunAsync();
    }

    private static async Task UploadAsync(BlobContainerClient container, long bytes) =>
        await Parallel.ForAsync(0, (bytes + ChunkSize - 1) / ChunkSize, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (index, token) =>
        {
            // The same work of naming it, so that what is compared is the way to the store.
            var chunk = RandomNumberGenerator.GetBytes((int)Math.Min(ChunkSize, bytes - (index * ChunkSize)));
            await container.GetBlobClient(Convert.ToHexStringLower(SHA256.HashData(chunk))).UploadAsync(new BinaryData(chunk), token);
        });

    private static async Task ForgetAsync(BlobContainerClient container)
    {
        await foreach (var blob in container.GetBlobsAsync())
        {
            await container.DeleteBlobAsync(blob.Name);
        }
    }
}
