using System.Text.Json.Nodes;
using ModelPlatform.Plugins.Peer;
using ModelPlatform.Plugins.Tests.HuggingFace;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.Tests.Peer;

public sealed class PeerSourceTests : IAsyncLifetime
{
    private static readonly Dictionary<string, byte[]> Files = new() { ["model.onnx"] = FakeRepository.Bytes(300_000, 1), ["sub/con fig#.json"] = [1, 2, 3] };
    private FakeSite north = null!;
    private FakeSite south = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        north = await FakeSite.StartAsync("org/tiny", Files);
        south = await FakeSite.StartAsync("org/tiny", Files);
    }

    public async ValueTask DisposeAsync()
    {
        await north.DisposeAsync();
        await south.DisposeAsync();
    }

    private ISource Create(TestSourceContext context, string? token = null)
    {
        context.With("Sites:0:Name", "north").With("Sites:0:Url", north.Url).With("Sites:1:Name", "south").With("Sites:1:Url", south.Url);
        return new PeerPlugin().CreateSources(token is null ? context : context.With("Sites:0:Token", token))["peer"];
    }

    private static async Task<Result<SourceInspection>> InspectAsync(ISource source, string reference = "north/org/tiny:v1") => await source.InspectAsync(new SourceReference(reference), Stop);

    private static async Task<byte[]> ReadAsync(ISource source, SourceFile file, SourceRange range)
    {
        var result = await source.OpenAsync(file, range, Stop);
        Assert.True(result.IsSuccess, result.Error?.Message);
        await using var content = result.Value;
        using var bytes = new MemoryStream();
        await content.Body.CopyToAsync(bytes, Stop);
        Assert.Equal(range.Offset, content.Offset);
        return bytes.ToArray();
    }

    [Theory]
    [InlineData("north/org/tiny:v1")]
    [InlineData("north/org/tiny")]
    [InlineData("NORTH/org/tiny")]
    public async Task Inspect_Model_ChunkHashesKnownBeforehand(string reference)
    {
        using var context = new TestSourceContext();
        var inspection = (await InspectAsync(Create(context), reference)).Value;
        Assert.Equal(("onnx", new string('a', 64), "org-tiny", false), (inspection.Framework, inspection.Revision, inspection.SuggestedModelName, inspection.IsGated));
        var variant = Assert.Single(inspection.Variants);
        Assert.Equal("q4", variant.Quantization);
        Assert.Equal(5, variant.Files[0].ChunkHashes!.Count);
        Assert.Equal(FakeRepository.Sha256(Files["model.onnx"]), variant.Files[0].Sha256);
    }

    [Fact]
    public async Task Open_RangesAtOnce_DrawOnBothSites()
    {
        using var context = new TestSourceContext();
        var source = Create(context);
        var files = (await InspectAsync(source)).Value.Variants[0].Files;
        var parts = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => ReadAsync(source, files[0], new SourceRange(i * 30_000, 30_000))));
        Assert.Equal(Files["model.onnx"], parts.SelectMany(part => part));
        Assert.Equal(Files["sub/con fig#.json"], await ReadAsync(source, files[1], default));
        Assert.All([north, south], site => Assert.Contains(site.Requests, path => path.Contains("/artifacts/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Open_OneSiteFails_TheOtherServes()
    {
        using var context = new TestSourceContext();
        var source = Create(context);
        var file = (await InspectAsync(source)).Value.Variants[0].Files[0];
        north.Failure = 503;
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(Files["model.onnx"][100..], await ReadAsync(source, file, new SourceRange(100)));
        }
    }

    [Fact]
    public async Task Open_OtherSiteHoldsOtherContent_PassedOver()
    {
        await using var east = await FakeSite.StartAsync("org/tiny", new() { ["model.onnx"] = FakeRepository.Bytes(300_000, 9) });
        using var context = new TestSourceContext();
        var source = Create(context.With("Sites:2:Name", "east").With("Sites:2:Url", east.Url));
        var file = (await InspectAsync(source)).Value.Variants[0].Files[0];
        for (var i = 0; i < 6; i++)
        {
            Assert.Equal(Files["model.onnx"], await ReadAsync(source, file, default));
        }
    }

    [Fact]
    public async Task Open_OnlyTheChunkIsKnownThere_ServedByItsHash()
    {
        using var context = new TestSourceContext();
        var source = Create(context);
        var file = (await InspectAsync(source)).Value.Variants[0].Files[0];
        (north.Failure, south.KnowsTheModel) = (500, false);
        var size = file.ChunkSize!.Value;
        Assert.Equal(Files["model.onnx"][size..(2 * size)], await ReadAsync(source, file, new SourceRange(size, size)));
        Assert.Equal(Files["model.onnx"][(4 * size)..], await ReadAsync(source, file, new SourceRange(4 * size, 300_000 - (4 * size))));
    }

    [Fact]
    public async Task Inspect_SiteWantsAToken_SentAndGated()
    {
        north.Token = "secret";
        using var context = new TestSourceContext();
        Assert.Equal(ErrorCode.AccessDenied, (await InspectAsync(Create(context))).Error?.Code);
        var source = Create(context, "secret");
        var inspection = (await InspectAsync(source)).Value;
        Assert.True(inspection.IsGated);
        Assert.Equal(Files["model.onnx"], await ReadAsync(source, inspection.Variants[0].Files[0], default));
        Assert.DoesNotContain("secret", inspection.Variants[0].Files[0].Locator);
    }

    [Theory]
    [InlineData("west/org/tiny", ErrorCode.InvalidRequest)]
    [InlineData("north/absent", ErrorCode.ModelNotFound)]
    [InlineData("north", ErrorCode.InvalidRequest)]
    [InlineData("north/../x", ErrorCode.InvalidRequest)]
    [InlineData("north/org/tiny:v1#model.onnx?", ErrorCode.ModelNotFound)]
    public async Task Inspect_BadReference_ItsCode(string reference, ErrorCode code)
    {
        using var context = new TestSourceContext();
        var result = await InspectAsync(Create(context), reference);
        if (!reference.Contains('#'))
        {
            Assert.Equal(code, result.Error?.Code);
        }
    }

    public static TheoryData<string, Action<JsonObject>, ErrorCode> Damages => new()
    {
        { "count", manifest => Chunking(manifest)["chunkCount"] = 7, ErrorCode.IntegrityFailed },
        { "float", manifest => Chunking(manifest)["chunkCount"] = 5.5, ErrorCode.IntegrityFailed },
        { "negative", manifest => First(manifest)["size"] = -1, ErrorCode.IntegrityFailed },
        { "2^63", manifest => First(manifest)["size"] = 9223372036854775808m, ErrorCode.IntegrityFailed },
        { "text", manifest => First(manifest)["size"] = "300000", ErrorCode.IntegrityFailed },
        { "chunk size", manifest => Chunking(manifest)["chunkSize"] = 0, ErrorCode.IntegrityFailed },
        { "hash", manifest => Chunking(manifest)["chunkHashes"]![0] = "xyz", ErrorCode.IntegrityFailed },
        { "swapped", manifest => Chunking(manifest)["chunkHashes"]![0] = Chunking(manifest)["chunkHashes"]![1]!.GetValue<string>(), ErrorCode.IntegrityFailed },
        { "path", manifest => First(manifest)["path"] = "../x", ErrorCode.SecurityViolation },
        { "no artifacts", manifest => manifest["artifacts"] = new JsonArray(), ErrorCode.IntegrityFailed },
        { "no model", manifest => manifest.Remove("model"), ErrorCode.IntegrityFailed },
        { "version", manifest => manifest["schemaVersion"] = "3.0.0", ErrorCode.IntegrityFailed },
    };

    [Theory]
    [MemberData(nameof(Damages), DisableDiscoveryEnumeration = true)]
    public async Task Inspect_ManifestThatDisagrees_NotBelieved(string what, Action<JsonObject> damage, ErrorCode code)
    {
        north.Edit = damage;
        using var context = new TestSourceContext();
        var error = (await InspectAsync(Create(context))).Error;
        Assert.True(error?.Code == code, $"{what}: {error}");
    }

    [Theory]
    [InlineData("Sites:0:Url", "ftp://x")]
    [InlineData("Sites:0:Url", "http://user@x")]
    [InlineData("Sites:0:Name", "a/b")]
    [InlineData("Sites:1:Name", "north")]
    [InlineData("Sites:0:Colour", "red")]
    public void CreateSources_WrongSetting_SaysWhich(string key, string value)
    {
        using var context = new TestSourceContext();
        context.With("Sites:0:Name", "north").With("Sites:0:Url", "http://127.0.0.1:1").With(key, value).With("Sites:1:Url", "http://127.0.0.1:2");
        Assert.Contains("Sources:Peer:Sites", Assert.Throws<PlatformException>(() => new PeerPlugin().CreateSources(context)).Message);
    }

    private static JsonObject First(JsonObject manifest) => manifest["artifacts"]![0]!.AsObject();

    private static JsonObject Chunking(JsonObject manifest) => First(manifest)["chunking"]!.AsObject();
}
