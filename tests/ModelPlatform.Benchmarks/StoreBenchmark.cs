using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using ModelPlatform.Chunks;
using ModelPlatform.Chunks.FileSystem;
using ModelPlatform.Chunks.Housekeeping;
using ModelPlatform.Events;
using ModelPlatform.Integrity;

namespace ModelPlatform.Benchmarks;

/// <summary>What durability costs: chunks put with a flush after each, in groups, and at the end, and garbage-collection's listing.</summary>
internal static class StoreBenchmark
{
    private const int ChunkSize = 5 * 1024 * 1024;

    // Until it is flushed a chunk holds its file open.
    private const int Group = 256;

    public static async Task RunAsync(BenchmarkSettings settings)
    {
        var directory = Directory.CreateDirectory(Path.Combine(settings.Directory, $"mp-bench-{Guid.NewGuid():N}")).FullName;
        try
        {
            using var store = new FileSystemChunkStore(directory, ChunkCompression.None, TimeProvider.System, NullLogger<FileSystemChunkStore>.Instance);
            var content = new byte[ChunkSize];
            RandomNumberGenerator.Fill(content);
            var count = (int)(settings.Bytes / ChunkSize);
            async Task PutAsync(int group)
            {
                for (var i = 1; i <= count; i++)
                {
                    var id = Sha256Digest.Of(RandomNumberGenerator.GetBytes(32));
                    await store.PutAsync(id, content, CancellationToken.None);
                    if (i % group == 0 || i == count)
                    {
                        await store.FlushAsync(CancellationToken.None);
                    }
                }
            }

            Task Clean()
            {
                foreach (var path in Directory.EnumerateFiles(Path.Combine(directory, "chunks"), "*", SearchOption.AllDirectories))
                {
                    File.Delete(path);
                }

                return Task.CompletedTask;
            }

            await new Contest("store", settings)
                .Add("plain files, one sync at the end", () => PlainAsync(directory, content, count), Clean)
                .Add("put, flush each", () => PutAsync(1), Clean, cpu: Contest.Here)
                .Add("put, flush by 4", () => PutAsync(4), Clean, cpu: Contest.Here)
                .Add("put, flush by 16", () => PutAsync(16), Clean, cpu: Contest.Here)
                .RunAsync();
            await CollectAsync(directory);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>Listing and collecting many small chunks, and that both grow with their number and not faster.</summary>
    private static async Task CollectAsync(string directory)
    {
        foreach (var count in new[] { 25_000, 50_000, 100_000 })
        {
            var root = Path.Combine(directory, $"many-{count}");
            using var store = new FileSystemChunkStore(root, ChunkCompression.None, TimeProvider.System, NullLogger<FileSystemChunkStore>.Instance);
            var content = new byte[16];
            for (var i = 0; i < count; i++)
            {
                await store.PutAsync(Sha256Digest.Of(BitConverter.GetBytes(i)), content, CancellationToken.None);
                if (i % Group == 0)
                {
                    await store.FlushAsync(CancellationToken.None);
                }
            }

            await store.FlushAsync(CancellationToken.None);
            var watch = System.Diagnostics.Stopwatch.StartNew();
            var listed = 0;
            await foreach (var _ in store.ListAsync(CancellationToken.None))
            {
                listed++;
            }

            var listing = watch.Elapsed;
            watch.Restart();
            var report = await new GarbageCollector(
                store, [], Options.Create(new ChunkStoreOptions { GracePeriod = TimeSpan.FromTicks(1) }), new QuietEvents(), TimeProvider.System, NullLogger<GarbageCollector>.Instance)
                .CollectAsync(false, CancellationToken.None);
            Console.WriteLine($"{count} chunks: listed {listed} in {listing.TotalSeconds:0.00} s, collected {report.DeletedChunks} in {watch.Elapsed.TotalSeconds:0.00} s");
        }
    }

    private static async Task PlainAsync(string directory, byte[] content, int count)
    {
        var path = Path.Combine(directory, "chunks", "plain");
        await using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 0);
        for (var i = 0; i < count; i++)
        {
            file.Write(content);
        }

        file.Flush(flushToDisk: true);
    }

    private sealed class QuietEvents : IEventRaiser
    {
        public void Raise(string type, string? modelId, System.Text.Json.Nodes.JsonObject data)
        {
        }
    }
}
