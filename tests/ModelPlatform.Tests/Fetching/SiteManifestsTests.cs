using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using ModelPlatform.Fetching;
using ModelPlatform.Fetching.Planning;
using ModelPlatform.Integrity;
using ModelPlatform.Manifests.Trust;
using ModelPlatform.Sources;
using ModelPlatform.Tests.Manifests;

namespace ModelPlatform.Tests.Fetching;

/// <summary>A model of another site, signed with that site's key, fetched by a platform that knows the key or does not.</summary>
public sealed class SiteManifestsTests : IAsyncLifetime
{
    private readonly byte[] content = FetchBench.Content(3 * FetchBench.ChunkSize);
    private TrustFixture site = null!;
    private TrustFixture here = null!;

    public async ValueTask InitializeAsync() => (site, here) = (await TrustFixture.CreateAsync(), await TrustFixture.CreateAsync());

    public async ValueTask DisposeAsync()
    {
        await site.DisposeAsync();
        await here.DisposeAsync();
    }

    public static TheoryData<string, bool, bool, string?> Manifests => new()
    {
        // What the site sends, whether its key is in the root here, whether Trust:Require is set, and the refusal.
        { "signed", true, true, null },
        { "signed", false, false, null },
        { "signed", false, true, "Insufficient valid signatures: 0/1, Signature of" },
        { "unsigned", true, false, null },
        { "unsigned", true, true, "Insufficient valid signatures: 0/1, No signatures present" },
        { "unsigned, requirement stripped", true, true, "Insufficient valid signatures: 0/1, No signatures present" },
        { "changed", true, false, "Manifest hash mismatch" },
        { "changed, hashes made right", true, false, "was changed after it was signed" },
        { "changed, hashes made right", false, false, null },
        { "changed, hashes made right", false, true, "Insufficient valid signatures" },
        { "of other files", true, true, "does not name the file 'model.onnx' with the size and SHA-256" },
        { "of more files", true, true, "names 'other.json', which the source does not give" },
        { "none", true, false, null },
        { "none", true, true, "nobody vouches for it, and Trust:Require is set" },
        { "garbage", true, false, "is refused" },
    };

    [Theory]
    [MemberData(nameof(Manifests))]
    public async Task Fetch_FromASite_IsRefusedWhereThePolicySaysSo(string sent, bool isKnown, bool require, string? refusal)
    {
        var source = new SiteSource(content, Make(sent));
        await using var bench = new FetchBench { Sites = Judge(isKnown, require) }.Add("peer", source);
        var fetched = await bench.FetchAsync();
        if (refusal is null)
        {
            await bench.AssertExactAsync(fetched, content);
            return;
        }

        Assert.Equal(ErrorCode.IntegrityFailed, fetched.Error?.Code);
        Assert.Contains(refusal, fetched.Error!.Message, StringComparison.Ordinal);
        Assert.Equal(0, source.Opened);
    }

    [Fact]
    public async Task Fetch_FromNoSite_NeedsNoManifest()
    {
        await using var bench = new FetchBench { Sites = Judge(isKnown: false, require: true) }.Add("url", new SiteSource(content, null));
        await bench.AssertExactAsync(await bench.FetchAsync(), content);
    }

    [Fact]
    public async Task Fetch_TheSiteIsRefused_TheFallbackGivesTheModel()
    {
        await using var bench = new FetchBench { Sites = Judge(isKnown: false, require: true) }.Add("peer", new SiteSource(content, Make("signed"))).Add("url", new SiteSource(content, null));
        await bench.AssertExactAsync(await bench.FetchAsync(), content);
        Assert.Equal("peer", Assert.Single(bench.Failures).Source);
    }

    private SiteManifests Judge(bool isKnown, bool require)
    {
        var root = here.Keys.Root;
        return new SiteManifests(
            new ManifestVerifier(() => isKnown ? root with { Keys = [.. root.Keys, .. site.Keys.Root.Keys] } : root, require),
            Options.Create(new TrustOptions { Require = require }),
            NullLogger<SiteManifests>.Instance);
    }

    private byte[]? Make(string kind)
    {
        var file = new FetchedFile("model.onnx", content.Length, Sha256Digest.Of(content), FetchBench.ChunkSize, [.. content.Chunk(FetchBench.ChunkSize).Select(chunk => Sha256Digest.Of(chunk))]);
        var signed = site.Compose("m:v1", file);
        return kind switch
        {
            "signed" => signed,
            "unsigned" => TrustFixture.Change(signed, json => json["integrity"]!["signatures"] = new JsonArray()),
            "unsigned, requirement stripped" => TrustFixture.Change(signed, Strip, rehash: true),
            "changed" => TrustFixture.Change(signed, json => json["model"]!["tier"] = "large"),
            "changed, hashes made right" => TrustFixture.Change(signed, json => json["provenance"]!["source"]!["name"] = "elsewhere", rehash: true),
            "of other files" => site.Compose("m:v1", TrustFixture.File("model.onnx", 1, content.Length)),
            "of more files" => site.Compose("m:v1", file, TrustFixture.File("other.json", 1, 10)),
            "garbage" => [.. "<html>"u8],
            _ => null,
        };
    }

    private static void Strip(JsonObject json)
    {
        json.Remove("trust");
        json["integrity"]!["signatures"] = new JsonArray();
    }

    private sealed class SiteSource(byte[] content, byte[]? manifest) : ISource
    {
        public int Opened { get; private set; }

        public ValueTask<Result<SourceInspection>> InspectAsync(SourceReference reference, CancellationToken cancellationToken)
        {
            var file = new SourceFile("model.onnx", "model.onnx") { Size = content.Length, Sha256 = FetchBench.Sha256(content), AcceptsRanges = true };
            return ValueTask.FromResult<Result<SourceInspection>>(new SourceInspection([new SourceVariant("default", [file], "fp32")], "m") { Framework = "onnx", Manifest = manifest });
        }

        public ValueTask<Result<SourceContent>> OpenAsync(SourceFile file, SourceRange range, CancellationToken cancellationToken)
        {
            Opened++;
            var length = (int)(range.Length ?? content.Length - range.Offset);
            return ValueTask.FromResult<Result<SourceContent>>(
                new SourceContent(new MemoryStream(content, (int)range.Offset, length), range.Offset) { Length = length, TotalSize = content.Length });
        }

        public ValueTask<SourceHealth> CheckHealthAsync(CancellationToken cancellationToken) => ValueTask.FromResult(new SourceHealth(true));

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
