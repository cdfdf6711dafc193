using System.Text.Json.Nodes;
using ModelPlatform.Fetching;
using ModelPlatform.Sources;

namespace ModelPlatform.Tests.Fetching;

public sealed class FetchPlanTests
{
    [Fact]
    public async Task UnknownSource_IsInvalidSource_ListingTheActive()
    {
        await using var bench = new FetchBench().Add("known", new ListedSource());
        var error = (await bench.FetchAsync(bench.Request() with { Sources = [new FetchSource("nowhere", new SourceReference("x"))] })).Error!;
        Assert.Equal(ErrorCode.InvalidSource, error.Code);
        Assert.Contains("known", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnknownVariant_IsInvalidRequest_ListingTheKnown()
    {
        await using var bench = new FetchBench().Add("list", new ListedSource(new SourceFile("a.onnx", "a") { Size = 1 }));
        var error = (await bench.FetchAsync(bench.Request() with { Variant = "q4" })).Error!;
        Assert.Equal(ErrorCode.InvalidRequest, error.Code);
        Assert.Contains("default", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, null, false)]
    [InlineData(null, "other", true)]
    [InlineData("other", null, false)]
    [InlineData(null, "onnx", true)]
    [InlineData("onnx", "caffe", false)]
    [InlineData("onnx", null, true)]
    public async Task Framework_IsDetectedOrNamed(string? detected, string? named, bool succeeds)
    {
        await using var bench = new FetchBench().Add("list", new ListedSource(new SourceFile("a.onnx", "a") { Size = 1 }) { Framework = detected });
        var fetched = await bench.FetchAsync(bench.Request() with { Framework = named });
        Assert.Equal(succeeds ? null : ErrorCode.UnsupportedFramework, fetched.Error?.Code);
    }

    [Theory]
    [InlineData("../a")]
    [InlineData("a/../../b")]
    [InlineData("/etc/passwd")]
    [InlineData("a\\b")]
    [InlineData("C:/a")]
    [InlineData("a//b")]
    [InlineData("a/%2e%2e/b")]
    [InlineData("a\0b")]
    [InlineData("a\nb")]
    [InlineData("con")]
    [InlineData("a.")]
    [InlineData("safe\u202Egpj.exe")]
    [InlineData("zero\u200Bwidth")]
    [InlineData("")]
    public async Task HostilePath_IsASecurityViolation(string path)
    {
        await using var bench = new FetchBench().Add("list", new ListedSource(new SourceFile(path, "a") { Size = 1 }));
        Assert.Equal(ErrorCode.SecurityViolation, (await bench.FetchAsync()).Error?.Code);
    }

    [Theory]
    [InlineData("a.onnx", "a.onnx")]
    [InlineData("a.onnx", "A.ONNX")]
    [InlineData("caf\u00e9", "cafe\u0301")]
    public async Task PathsThatClash_AreASecurityViolation(string one, string other)
    {
        await using var bench = new FetchBench().Add("list", new ListedSource(new SourceFile(one, "a") { Size = 1 }, new SourceFile(other, "b") { Size = 1 }));
        Assert.Equal(ErrorCode.SecurityViolation, (await bench.FetchAsync()).Error?.Code);
    }

    [Fact]
    public async Task FileOverTheLimit_IsRefusedBeforeAndDuring()
    {
        await using var known = new FetchBench().Add("list", new ListedSource(new SourceFile("a.onnx", "a") { Size = 1_000_001 }));
        known.Options.MaxFileSize = 1_000_000;
        Assert.Equal(ErrorCode.FileTooLarge, (await known.FetchAsync()).Error?.Code);

        await using var unknown = new FetchBench().Add("list", new ListedSource(new SourceFile("a.onnx", "a")) { Length = 1_000_001 });
        unknown.Options.MaxFileSize = 1_000_000;
        Assert.Equal(ErrorCode.FileTooLarge, (await unknown.FetchAsync()).Error?.Code);
    }

    [Fact]
    public async Task ExpectedDigest_ThatTheSourceContradicts_FailsBeforeAnyByte()
    {
        var source = new ListedSource(new SourceFile("a.onnx", "a") { Size = 1, Sha256 = new string('a', 64) });
        await using var bench = new FetchBench().Add("list", source);
        Assert.Equal(ErrorCode.IntegrityFailed, (await bench.FetchAsync(bench.Request() with { ExpectedSha256 = new string('b', 64) })).Error?.Code);
        Assert.Equal(0, source.Opened);
    }

    [Fact]
    public async Task EmptyFile_IsFetched()
    {
        await using var bench = new FetchBench().Add("list", new ListedSource(new SourceFile("empty.txt", "a") { Size = 0 }, new SourceFile("unknown.txt", "b")) { Length = 0 });
        await bench.AssertExactAsync(await bench.FetchAsync(), [], []);
    }

    [Fact]
    public async Task ManySmallFiles_AreFetchedInLittleMemory()
    {
        var files = Enumerable.Range(0, 300).Select(i => new SourceFile($"{i}.json", "a") { Size = 100 }).ToArray();
        await using var bench = new FetchBench().Add("list", new ListedSource(files) { Length = 100 });
        Assert.Equal(300, (await bench.FetchAsync()).Value.Files.Count);
    }

    [Fact]
    public async Task PluginThatThrows_IsAnError()
    {
        await using var bench = new FetchBench().Add("list", new ListedSource(new SourceFile("a.onnx", "a") { Size = 1 }) { OnOpen = () => throw new InvalidOperationException("boom") });
        Assert.Equal(ErrorCode.InternalError, (await bench.FetchAsync()).Error?.Code);
    }

    /// <summary>A source in memory: zeros.</summary>
    private sealed class ListedSource(params SourceFile[] files) : ISource
    {
        public string? Framework { get; init; } = "onnx";

        public int Length { get; init; } = 1;

        public Action? OnOpen { get; init; }

        public int Opened { get; private set; }

        public ValueTask<Result<SourceInspection>> InspectAsync(SourceReference reference, CancellationToken cancellationToken) => ValueTask.FromResult<Result<SourceInspection>>(
            new SourceInspection([new SourceVariant("default", files, "fp32")], "model") { Framework = Framework, Revision = "1", Metadata = new JsonObject { ["a"] = 1 } });

        public ValueTask<Result<SourceContent>> OpenAsync(SourceFile file, SourceRange range, CancellationToken cancellationToken)
        {
            Opened++;
            OnOpen?.Invoke();
            return ValueTask.FromResult<Result<SourceContent>>(new SourceContent(new MemoryStream(new byte[Length - range.Offset]), range.Offset) { Length = Length - range.Offset });
        }

        public ValueTask<SourceHealth> CheckHealthAsync(CancellationToken cancellationToken) => ValueTask.FromResult(new SourceHealth(true));

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
