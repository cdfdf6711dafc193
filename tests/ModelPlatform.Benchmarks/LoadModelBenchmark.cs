using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.ML.OnnxRuntime;
using ModelPlatform.Chunks;
using ModelPlatform.Integrity;
using ModelPlatform.Manifests;
using ModelPlatform.ModelHost;
using ModelPlatform.ModelHost.Loading;
using ModelPlatform.ModelHost.Memory;
using ModelPlatform.ModelHost.Onnx;
using ModelPlatform.Registry;
using ModelPlatform.Serving;
using ModelPlatform.Sources.Runtimes;
using ModelPlatform.Tests.Runtimes;

namespace ModelPlatform.Benchmarks;

/// <summary>Loads a generated ONNX model of 100 MiB from verified chunks of the local store, against InferenceSession from a plain file.</summary>
internal static class LoadModelBenchmark
{
    private const int Size = 1024;
    private const int Layers = 25;
    private const int ChunkSize = 5 * 1024 * 1024;

    public static async Task RunAsync(BenchmarkSettings settings)
    {
        var directory = Directory.CreateTempSubdirectory("mp-load-").FullName;
        try
        {
            var content = OnnxFile.Products(Size, Layers);
            var plain = Path.Combine(directory, "plain.onnx");
            await File.WriteAllBytesAsync(plain, content);
            using (var host = Open(directory))
            {
                await StoreAsync(host.Services.GetRequiredService<IChunkStore>(), content);
            }

            var (entry, bytes) = (Describe(content), content.Length);
            content = [];
            var (file, first, again) = (new List<double>(), new List<double>(), new List<double>());
            for (var round = 0; round <= Math.Max(5, settings.Rounds); round++)
            {
                FreedMemory.GiveBack();
                var plainTime = Time(() => new InferenceSession(plain).Dispose());
                using var host = Open(directory);
                FreedMemory.GiveBack();
                var firstTime = await LoadAsync(host, entry);
                FreedMemory.GiveBack();
                var againTime = await LoadAsync(host, entry);
                if (round > 0)
                {
                    file.Add(plainTime);
                    first.Add(firstTime);
                    again.Add(againTime);
                }
            }

            Console.WriteLine($"model of {bytes >> 20} MiB, {bytes / ChunkSize + 1} chunks; medians of {file.Count}");
            Console.WriteLine($"InferenceSession from a plain file   {Median(file),8:0.0} ms");
            Console.WriteLine($"from chunks, each hashed first        {Median(first),8:0.0} ms   x{Median(first) / Median(file):0.00}");
            Console.WriteLine($"from chunks proven before             {Median(again),8:0.0} ms   x{Median(again) / Median(file):0.00}");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static IHost Open(string directory)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["MODELPLATFORM_DATA"] = directory, ["Chunks:Store"] = "FileSystem" });
        builder.AddChunkStore();
        builder.AddServing();
        builder.Services.AddSingleton(new RuntimeOptions());
        builder.Services.AddSingleton<ModelCopies>();
        return builder.Build();
    }

    private static async Task StoreAsync(IChunkStore store, byte[] content)
    {
        for (var at = 0; at < content.Length; at += ChunkSize)
        {
            var chunk = content.AsMemory(at, Math.Min(ChunkSize, content.Length - at));
            await store.PutAsync(Sha256Digest.Of(chunk.Span), chunk, CancellationToken.None);
        }

        await store.FlushAsync(CancellationToken.None);
    }

    private static ModelEntry Describe(byte[] content)
    {
        var hashes = Enumerable.Range(0, (content.Length + ChunkSize - 1) / ChunkSize).Select(i => Sha256Digest.Of(content.AsSpan(i * ChunkSize, Math.Min(ChunkSize, content.Length - (i * ChunkSize))))).ToList();
        var artifact = new ManifestArtifact
        {
            Path = "model.onnx", Size = content.Length, Sha256 = Sha256Digest.Of(content), MerkleRoot = hashes[0],
            Chunking = new ManifestChunking { ChunkSize = ChunkSize, ChunkCount = hashes.Count, ChunkHashes = hashes },
        };
        var manifest = new Manifest { Model = new ManifestModel { Id = "big:v1", Name = "big", Version = "v1", Framework = "onnx" }, Version = "v1", Artifacts = [artifact] };
        return new ModelEntry(new ModelId("big", "v1"), manifest, "etag", new ModelCard());
    }

    private static async Task<double> LoadAsync(IHost host, ModelEntry entry)
    {
        var watch = Stopwatch.StartNew();
        await using var model = new VerifiedModel(entry, host.Services.GetRequiredService<IArtifactReader>(), host.Services.GetRequiredService<ModelCopies>());
        var loaded = await new OnnxRuntime().LoadAsync(model, new RuntimeConfiguration(new JsonObject()), CancellationToken.None);
        var elapsed = watch.Elapsed.TotalMilliseconds;
        await loaded.Value.DisposeAsync();
        return elapsed;
    }

    private static double Time(Action action)
    {
        var watch = Stopwatch.StartNew();
        action();
        return watch.Elapsed.TotalMilliseconds;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
