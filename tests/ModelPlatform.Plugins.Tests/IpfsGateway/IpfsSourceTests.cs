using System.Security.Cryptography;
using ModelPlatform.Plugins.IpfsGateway;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.Tests.IpfsGateway;

public sealed class IpfsSourceTests(IpfsFixture ipfs) : IClassFixture<IpfsFixture>, IDisposable
{
    private readonly TestSourceContext context = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => context.Dispose();

    private ISource Open(int gateways = 1, string mode = "automatic", int parallelism = 12)
    {
        context.With("Mode", mode).With("Parallelism", $"{parallelism}");
        for (var i = 0; i < gateways; i++)
        {
            context.With($"Gateways:{i}", ipfs.Urls[i] + "/");
        }

        return new IpfsGatewayPlugin().CreateSources(context)["ipfs"];
    }

    private static async Task<SourceInspection> InspectAsync(ISource source, string reference)
    {
        var result = await source.InspectAsync(new SourceReference(reference), Stop);
        Assert.True(result.IsSuccess, result.Error?.Message);
        return result.Value;
    }

    private static async Task<PlatformError> FailToInspectAsync(ISource source, string reference)
    {
        var result = await source.InspectAsync(new SourceReference(reference), Stop);
        Assert.False(result.IsSuccess);
        return result.Error;
    }

    private static async Task<byte[]> ReadAsync(ISource source, SourceFile file, SourceRange range = default)
    {
        var result = await source.OpenAsync(file, range, Stop);
        Assert.True(result.IsSuccess, result.Error?.Message);
        await using var content = result.Value;
        Assert.Equal(range.Offset, content.Offset);
        using var bytes = new MemoryStream();
        await content.Body.CopyToAsync(bytes, Stop);
        Assert.Equal(content.Length, bytes.Length);
        return bytes.ToArray();
    }

    private async Task<byte[]> ReadAsync(ISource source, string fixture, SourceRange range = default) =>
        await ReadAsync(source, Assert.Single((await InspectAsync(source, ipfs[fixture])).Variants[0].Files), range);

    private async Task<PlatformError> FailToReadAsync(ISource source, string fixture)
    {
        var opened = await source.OpenAsync(new SourceFile("x", ipfs[fixture]), default, Stop);
        if (!opened.TryGet(out var content, out var error))
        {
            return error;
        }

        await using (content)
        {
            return (await Assert.ThrowsAsync<PlatformException>(() => content.Body.CopyToAsync(Stream.Null, Stop))).Error;
        }
    }

    public static TheoryData<string, string, int, uint> Files()
    {
        var data = new TheoryData<string, string, int, uint>();
        foreach (var mode in (string[])["raw", "car", "automatic"])
        {
            data.Add(mode, "v0", 3_000_000, 1);
            data.Add(mode, "v1", 5_000_123, 2);
            data.Add(mode, "v0-large", 47_000_000, 8);
            data.Add(mode, "narrow", 9_000_001, 3);
            data.Add(mode, "tiny", 20_000, 4);
            data.Add(mode, "single", 1000, 5);
            data.Add(mode, "single-z", 1000, 5);
            data.Add(mode, "empty", 0, 0);
            data.Add(mode, "sha512", 1000, 5);
            data.Add(mode, "identity", 20, 10);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task OpenAsync_WholeFile_GivesTheImportedBytes(string mode, string fixture, int length, uint seed)
    {
        await ipfs.BehaveAsync();
        var source = Open(mode: mode);

        var bytes = await ReadAsync(source, fixture);

        Assert.Equal(SHA256.HashData(IpfsFixture.Bytes(length, seed)), SHA256.HashData(bytes));
        Assert.Equal(length, bytes.Length);
        var log = await ipfs.LogAsync(0);
        Assert.All(log, request => Assert.Contains(mode == "car" ? "format=car" : "format=raw", request));
    }

    [Theory]
    [InlineData("raw")]
    [InlineData("car")]
    public async Task OpenAsync_RepeatedBlocks_AreAllThere(string mode)
    {
        await ipfs.BehaveAsync();

        Assert.Equal(new byte[4_194_304], await ReadAsync(Open(mode: mode), "repeated"));
    }

    [Theory]
    [InlineData("raw", "narrow", 9_000_001, 3)]
    [InlineData("car", "narrow", 9_000_001, 3)]
    [InlineData("raw", "v0", 3_000_000, 1)]
    [InlineData("raw", "tiny", 20_000, 4)]
    [InlineData("car", "tiny", 20_000, 4)]
    public async Task OpenAsync_AnyRange_GivesExactlyThoseBytes(string mode, string fixture, int length, uint seed)
    {
        await ipfs.BehaveAsync();
        var source = Open(mode: mode);
        var expected = IpfsFixture.Bytes(length, seed);
        var file = Assert.Single((await InspectAsync(source, ipfs[fixture])).Variants[0].Files);
        var random = new Random(1);
        List<(int Offset, int? Length)> ranges = [(0, 1), (length - 1, 1), (length - 1, null), (length, null), (length / 2, null), (65_536 % length, 65_536), (0, 0)];
        ranges.AddRange(Enumerable.Range(0, 12).Select(_ => (random.Next(length), (int?)random.Next(200_000))));

        foreach (var (offset, count) in ranges)
        {
            Assert.Equal(expected[offset..(int)Math.Min(length, (long)offset + (count ?? length))], await ReadAsync(source, file, new SourceRange(offset, count)));
        }
    }

    [Fact]
    public async Task OpenAsync_OffsetLateInAFile_FetchesOnlyWhatLiesThere()
    {
        await ipfs.BehaveAsync();
        var source = Open(mode: "raw");

        await ReadAsync(source, "v0-large", new SourceRange(46_900_000));

        Assert.True((await ipfs.LogAsync(0)).Length < 10); // of 181 blocks
    }

    [Theory]
    [InlineData("dir-v0", false)]
    [InlineData("dir-v1", true)]
    public async Task InspectAsync_Directory_ListsItsFilesWithSizesWeightsFirst(string fixture, bool rawLeaves)
    {
        await ipfs.BehaveAsync();
        var source = Open();

        var inspection = await InspectAsync(source, $"ipfs://{ipfs[fixture]}");

        var files = Assert.Single(inspection.Variants).Files;
        Assert.Equal(["onnx/model.onnx", "100% Käse.txt", "config.json", "empty.txt"], files.Select(file => file.Path));
        Assert.Equal([2_500_000, 10, 100, 0], files.Select(file => file.Size));
        Assert.Equal(("onnx", ipfs[fixture]), (inspection.Framework, inspection.Revision));
        Assert.Equal(rawLeaves ? Convert.ToHexStringLower(SHA256.HashData(IpfsFixture.Bytes(100, 6))) : null, files[2].Sha256);
        Assert.Equal(IpfsFixture.Bytes(2_500_000, 7), await ReadAsync(source, files[0]));
        Assert.Equal(IpfsFixture.Bytes(10, 9), await ReadAsync(source, files[1]));
    }

    [Fact]
    public async Task InspectAsync_PathBelowACid_FindsTheFile()
    {
        await ipfs.BehaveAsync();
        var source = Open();

        var inspection = await InspectAsync(source, $"https://ipfs.io/ipfs/{ipfs["dir-v1"]}/onnx/model.onnx");

        Assert.Equal("model.onnx", Assert.Single(inspection.Variants[0].Files).Path);
        Assert.Equal(("model", "onnx"), (inspection.SuggestedModelName, inspection.Framework));
        Assert.Equal("100% Käse.txt", (await InspectAsync(source, $"{ipfs["dir-v0"]}/100%25%20K%C3%A4se.txt")).Variants[0].Files[0].Path);
    }

    [Theory]
    [InlineData("hamt", 1500)]
    [InlineData("hamt-1024", 400)]
    [InlineData("hamt-8", 60)]
    public async Task InspectAsync_ShardedDirectory_IsListedAndLookedUp(string fixture, int count)
    {
        await ipfs.BehaveAsync();
        var source = Open();

        var files = (await InspectAsync(source, ipfs[fixture])).Variants[0].Files;
        Assert.Equal(Enumerable.Range(0, count).Select(i => $"file-{i}.txt").Order(StringComparer.Ordinal), files.Select(file => file.Path));
        Assert.All(files, file => Assert.Equal(int.Parse(file.Path[5..^4], System.Globalization.CultureInfo.InvariantCulture) % 7, file.Size));

        foreach (var i in (int[])[0, 7, count / 2, count - 1])
        {
            await ipfs.BehaveAsync();
            var file = Assert.Single((await InspectAsync(Open(), $"{ipfs[fixture]}/file-{i}.txt")).Variants[0].Files);
            Assert.Equal(IpfsFixture.Bytes(i % 7, (uint)i), await ReadAsync(source, file));
            Assert.True((await ipfs.LogAsync(0)).Length < 12);
        }

        Assert.Equal(ErrorCode.ModelNotFound, (await FailToInspectAsync(source, $"{ipfs[fixture]}/file-{count}.txt")).Code);
    }

    [Fact]
    public async Task InspectAsync_IdentityEntries_NeedNoGateway()
    {
        await ipfs.BehaveAsync();
        var source = Open();

        var files = (await InspectAsync(source, ipfs["identity-dir"])).Variants[0].Files;

        Assert.Equal(["a.txt", "b.txt"], files.Select(file => file.Path));
        Assert.Equal(IpfsFixture.Bytes(20, 10), await ReadAsync(source, files[0]));
        Assert.Equal(IpfsFixture.Bytes(20, 10), await ReadAsync(source, files[1]));
        Assert.Single(await ipfs.LogAsync(0));
    }

    [Theory]
    [InlineData("raw")]
    [InlineData("car")]
    public async Task OpenAsync_FirstGatewayLosesBlocksMidFile_TheNextGoesOn(string mode)
    {
        await ipfs.BehaveAsync(new { missingAfter = 5, cut = 500_000 });
        var source = Open(2, mode);

        var bytes = await ReadAsync(source, "v1");

        Assert.Equal(IpfsFixture.Bytes(5_000_123, 2), bytes);
        Assert.NotEmpty(await ipfs.LogAsync(0));
        Assert.NotEmpty(await ipfs.LogAsync(1));
    }

    [Theory]
    [InlineData("raw")]
    [InlineData("car")]
    public async Task OpenAsync_GatewaySendsWrongBytes_IsLeftForTheNext(string mode)
    {
        await ipfs.BehaveAsync(new { wrong = "all" });
        var source = Open(3, mode);

        Assert.Equal(IpfsFixture.Bytes(3_000_000, 1), await ReadAsync(source, "v0"));
        Assert.Contains(context.Logged, line => line.Contains("wrong bytes") && line.Contains(ipfs.Urls[0]));
        Assert.InRange((await ipfs.LogAsync(0)).Length, 1, 3);
        Assert.Empty(await ipfs.LogAsync(2));
    }

    [Fact]
    public async Task OpenAsync_OneWrongBlockOnce_IsFetchedAgain()
    {
        await ipfs.BehaveAsync(new { wrongOnce = ipfs["single"] });

        Assert.Equal(IpfsFixture.Bytes(1000, 5), await ReadAsync(Open(mode: "raw"), "single"));
    }

    [Theory]
    [InlineData("wrong", ErrorCode.IntegrityFailed)]
    [InlineData("missing", ErrorCode.ModelNotFound)]
    [InlineData("large", ErrorCode.IntegrityFailed)]
    public async Task InspectAsync_EveryGatewayBad_SaysHowEachFailed(string manner, ErrorCode code)
    {
        var manners = new Dictionary<string, string> { [manner] = "all" };
        await ipfs.BehaveAsync(manners, manners, manners);

        var error = await FailToInspectAsync(Open(3), ipfs["v0"]);

        Assert.Equal(code, error.Code);
        Assert.False(error.IsRetryable);
        Assert.All(ipfs.Urls, url => Assert.Contains(url, error.Message));
        Assert.Contains(ipfs["v0"], error.Message);
    }

    [Fact]
    public async Task InspectAsync_RateLimited_AsksElsewhereOrTellsTheWait()
    {
        await ipfs.BehaveAsync(new { status = 429, headers = new Dictionary<string, string> { ["Retry-After"] = "30" } });

        var error = await FailToInspectAsync(Open(1, "raw"), ipfs["single"]);
        Assert.Equal(ErrorCode.RateLimited, error.Code);
        Assert.InRange(error.RetryAfter!.Value.TotalSeconds, 25, 30);
        Assert.Single(await ipfs.LogAsync(0));

        Assert.Equal(IpfsFixture.Bytes(1000, 5), await ReadAsync(Open(2), "single"));
    }

    [Fact]
    public async Task InspectAsync_DeserialisingGateway_IsNeverBelieved()
    {
        await ipfs.BehaveAsync(new { page = true });

        Assert.Contains("no trustless gateway", (await FailToInspectAsync(Open(1), ipfs["single"])).Message);
        Assert.Equal(1000, (await ReadAsync(Open(2), "single")).Length);
    }

    [Fact]
    public async Task OpenAsync_GatewayWithoutSingleBlocks_IsAskedForCarsFromThenOn()
    {
        await ipfs.BehaveAsync(new { refuse = new[] { "raw" } });

        Assert.Equal(IpfsFixture.Bytes(3_000_000, 1), await ReadAsync(Open(), "v0"));
        Assert.Single(await ipfs.LogAsync(0), request => request.Contains("format=raw"));
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("leaveOut")]
    [InlineData("reverse")]
    [InlineData("missing")]
    public async Task OpenAsync_CarIsIncompleteOrUnordered_TheRestComesBlockByBlock(string manner)
    {
        await ipfs.BehaveAsync(0, manner switch
        {
            "cut" => new { cut = 1_000_000 },
            "leaveOut" => new { leaveOut = "all" },
            "reverse" => new { reverse = true },
            _ => (object)new { missing = new[] { ipfs["narrow-leaf"] } },
        });
        await ipfs.BehaveAsync(1, new { });

        Assert.Equal(IpfsFixture.Bytes(9_000_001, 3), await ReadAsync(Open(2, "car"), "narrow"));
    }

    [Theory]
    [InlineData("bad-count", ErrorCode.IntegrityFailed)]
    [InlineData("bad-name", ErrorCode.IntegrityFailed)]
    [InlineData("bad-leaf", ErrorCode.IntegrityFailed)]
    [InlineData("bad-child", ErrorCode.IntegrityFailed)]
    [InlineData("bad-huge", ErrorCode.IntegrityFailed)]
    [InlineData("bad-filesize", ErrorCode.IntegrityFailed)]
    [InlineData("bad-dir-in-file", ErrorCode.IntegrityFailed)]
    [InlineData("not-pb", ErrorCode.IntegrityFailed)]
    [InlineData("no-unixfs", ErrorCode.IntegrityFailed)]
    [InlineData("symlink", ErrorCode.SecurityViolation)]
    [InlineData("deep-small", ErrorCode.SecurityViolation)]
    [InlineData("deep-large", ErrorCode.SecurityViolation)]
    [InlineData("wide-file", ErrorCode.FileTooLarge)]
    [InlineData("cbor", ErrorCode.InvalidRequest)]
    [InlineData("dir-v1", ErrorCode.InvalidRequest)]
    public async Task OpenAsync_GraphThatLies_EndsInATypedError(string fixture, ErrorCode code)
    {
        await ipfs.BehaveAsync();

        Assert.Equal(code, (await FailToReadAsync(Open(mode: "raw"), fixture)).Code);
    }

    [Theory]
    [InlineData("dir-up", ErrorCode.SecurityViolation)]
    [InlineData("dir-slash", ErrorCode.SecurityViolation)]
    [InlineData("dir-symlink", ErrorCode.SecurityViolation)]
    [InlineData("deep-dir", ErrorCode.SecurityViolation)]
    [InlineData("wide-dir", ErrorCode.FileTooLarge)]
    [InlineData("dir-empty", ErrorCode.ModelNotFound)]
    [InlineData("dir-cbor", ErrorCode.IntegrityFailed)]
    [InlineData("fanout", ErrorCode.IntegrityFailed)]
    [InlineData("symlink", ErrorCode.SecurityViolation)]
    public async Task InspectAsync_DirectoryThatLies_EndsInATypedError(string fixture, ErrorCode code)
    {
        await ipfs.BehaveAsync();

        Assert.Equal(code, (await FailToInspectAsync(Open(), ipfs[fixture])).Code);
    }

    [Fact]
    public async Task OpenAsync_PartsOfNoBytes_AreNeverFetched()
    {
        await ipfs.BehaveAsync();

        Assert.Empty(await ReadAsync(Open(), "wide-nothing"));
        Assert.Single(await ipfs.LogAsync(0));
    }

    [Fact]
    public async Task InspectAsync_NameTwice_TakesTheFirst()
    {
        await ipfs.BehaveAsync();

        Assert.Equal("a", Assert.Single((await InspectAsync(Open(), ipfs["dir-twice"])).Variants[0].Files).Path);
    }

    [Theory]
    [InlineData("dir-v1", "/config.json/x", ErrorCode.ModelNotFound, "is a file")]
    [InlineData("dir-v1", "/nope", ErrorCode.ModelNotFound, "has no entry 'nope'")]
    [InlineData("dir-symlink", "/model.bin", ErrorCode.SecurityViolation, "symbolic link")]
    public async Task InspectAsync_PathToNothing_SaysWhere(string fixture, string path, ErrorCode code, string expected)
    {
        await ipfs.BehaveAsync();

        var error = await FailToInspectAsync(Open(), ipfs[fixture] + path);

        Assert.Equal(code, error.Code);
        Assert.Contains(expected, error.Message);
    }

    [Fact]
    public async Task Body_DisposedMidway_StopsAndGivesItsBudgetBack()
    {
        await ipfs.BehaveAsync();
        var source = Open();
        var file = Assert.Single((await InspectAsync(source, ipfs["v0-large"])).Variants[0].Files);

        for (var i = 0; i < 20; i++)
        {
            await using var content = (await source.OpenAsync(file, default, Stop)).Value;
            await content.Body.ReadExactlyAsync(new byte[100_000], Stop);
        }

        Assert.Equal(47_000_000, (await ReadAsync(source, file)).Length);
    }

    [Fact]
    public async Task Body_HardlyRead_FetchesNoMoreThanItsShareAhead()
    {
        await ipfs.BehaveAsync();
        var source = Open(parallelism: 4);
        var file = Assert.Single((await InspectAsync(source, ipfs["v0-large"])).Variants[0].Files);
        await ipfs.BehaveAsync();

        await using (var content = (await source.OpenAsync(file, default, Stop)).Value)
        {
            await content.Body.ReadExactlyAsync(new byte[300_000], Stop);
        }

        Assert.InRange((await ipfs.LogAsync(0)).Length, 2, 7);
    }

    [Fact]
    public async Task Bodies_ManyAtOnceReadInTurn_NeverStarveEachOther()
    {
        await ipfs.BehaveAsync();
        var source = Open(parallelism: 64);
        var file = Assert.Single((await InspectAsync(source, ipfs["v0-large"])).Variants[0].Files);
        var expected = IpfsFixture.Bytes(47_000_000, 8);
        List<SourceContent> contents = [];
        for (var i = 0; i < 8; i++)
        {
            contents.Add((await source.OpenAsync(file, new SourceRange(i * 5_000_000L), Stop)).Value);
            await contents[i].Body.ReadExactlyAsync(new byte[1], Stop);
        }

        // The last opened waits for budget the others hold; reading only it must still get on.
        contents.Reverse();
        for (var i = 0; i < 8; i++)
        {
            using var rest = new MemoryStream();
            await contents[i].Body.CopyToAsync(rest, Stop);
            Assert.Equal(SHA256.HashData(expected.AsSpan(((7 - i) * 5_000_000) + 1)), SHA256.HashData(rest.ToArray()));
            await contents[i].DisposeAsync();
        }
    }

    [Fact]
    public async Task CheckHealthAsync_SomeGatewaysDown_NamesThoseThatAnswer()
    {
        await ipfs.BehaveAsync(new { }, new { status = 500 });
        var health = await Open(2).CheckHealthAsync(Stop);
        Assert.True(health.IsHealthy);
        Assert.Contains($"1 of 2 gateways answer: {ipfs.Urls[0]}", health.Reason);

        await ipfs.BehaveAsync(0, new { status = 500 });
        Assert.False((await Open(2).CheckHealthAsync(Stop)).IsHealthy);
    }

    [Theory]
    [InlineData("Mode", "fast")]
    [InlineData("Parallelism", "0")]
    [InlineData("Gateways:0", "ftp://x")]
    [InlineData("Gateway", "http://x")]
    public void CreateSources_BadSetting_IsNamed(string key, string value)
    {
        context.With(key, value);

        Assert.Contains($"Sources:IpfsGateway:{key}", Assert.Throws<PlatformException>(() => new IpfsGatewayPlugin().CreateSources(context)).Message);
    }
}
