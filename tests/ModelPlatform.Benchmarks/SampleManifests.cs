using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using ModelPlatform.Fetching;
using ModelPlatform.Integrity;
using ModelPlatform.Manifests;
using ModelPlatform.Manifests.Trust;
using ModelPlatform.Registry;
using ModelPlatform.Sources;

namespace ModelPlatform.Benchmarks;

/// <summary>Signed manifests of models that exist only as hashes.</summary>
internal sealed class SampleManifests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("mp-bench-keys-").FullName;

    private SampleManifests() => Keys = new PlatformKeys(directory, TimeProvider.System, NullLogger<PlatformKeys>.Instance);

    public PlatformKeys Keys { get; }

    public static async Task<SampleManifests> CreateAsync()
    {
        var samples = new SampleManifests();
        await samples.Keys.StartAsync(CancellationToken.None);
        return samples;
    }

    public ComposedManifest Compose(ModelId id, int chunks, ModelCard card)
    {
        const int ChunkSize = 5 * 1024 * 1024;
        FetchedFile[] files =
        [
            new("model.onnx", (long)chunks * ChunkSize, Digest($"{id}"), ChunkSize, [.. Enumerable.Range(0, chunks).Select(i => Digest($"{id}/{i}"))]),
            new("config.json", 700, Digest($"{id} config"), ChunkSize, [Digest($"{id} config")]),
        ];
        var variant = new SourceVariant("fp32", [.. files.Select(file => new SourceFile(file.Path, file.Path))], "fp32");
        var inspection = new SourceInspection([variant], id.Name) { Framework = "onnx", Revision = "r1", Metadata = new JsonObject { ["pipelineTag"] = "feature-extraction" } };
        return new ManifestComposer(Keys, TimeProvider.System).Compose(id, new FetchedModel(inspection, new FetchSource("filesystem", new SourceReference(id.Name)), variant, "onnx", files), card);
    }

    public static ModelCard Card(int number) => new()
    {
        Origin = new FetchOrigin("filesystem", string.Create(CultureInfo.InvariantCulture, $"m{number}"), null, null),
        PublishedAt = DateTimeOffset.UnixEpoch.AddMinutes(number),
        Tags = ["onnx", "vectors"],
        Metadata = new JsonObject { ["description"] = string.Create(CultureInfo.InvariantCulture, $"Makes vectors, number {number}"), ["license"] = "mit" },
    };

    public void Dispose()
    {
        Keys.Dispose();
        Directory.Delete(directory, recursive: true);
    }

    private static Sha256Digest Digest(string text) => Sha256Digest.Of(Encoding.UTF8.GetBytes(text));
}
