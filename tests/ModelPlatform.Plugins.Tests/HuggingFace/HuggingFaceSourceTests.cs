using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using ModelPlatform.Plugins.HuggingFace;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.Tests.HuggingFace;

public sealed class HuggingFaceSourceTests
{
    private const string Id = "org/tiny";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static FakeRepository Tiny(bool isPrivate = false, JsonNode? gated = null, bool isDisabled = false) => new FakeRepository
    {
        IsPrivate = isPrivate,
        Gated = gated,
        IsDisabled = isDisabled,
        Card = new JsonObject
        {
            ["pipeline_tag"] = "feature-extraction", ["library_name"] = "transformers.js", ["tags"] = new JsonArray("onnx", "license:mit"),
            ["cardData"] = new JsonObject { ["license"] = "apache-2.0", ["base_model"] = "org/base" },
        },
    }
    .With("README.md", "---\nlicense: apache-2.0\n---\n\n# Tiny\n\n[![badge](x)](y)\n\nA **tiny** model for [tests](https://x.example).\nStill the first.\n\nSecond.")
    .With("config.json", """{"architectures":["BertModel"],"hidden_size":384,"model_type":"bert"}""")
    .With("tokenizer.json", "{}").With("tokenizer_config.json", "{}").With("weird dir/na%me#?.json", "{}")
    .With("onnx/model.onnx", FakeRepository.Bytes(300_000, 1)).With("onnx/model_quantized.onnx", FakeRepository.Bytes(100_000, 2));

    private static async Task<FakeHub> StartAsync(FakeRepository? repository = null, string prefix = "")
    {
        var hub = await new FakeHub { Prefix = prefix }.StartAsync();
        hub.Models[Id] = repository ?? Tiny();
        return hub;
    }

    private static (TestSourceContext Context, ISource Source) Open(FakeHub hub, string? token = null, bool allowStorage = true)
    {
        var context = new TestSourceContext(allowStorage ? [hub.Storage] : []).With("Endpoint", hub.Endpoint + "/");
        if (token is not null)
        {
            context.WithEnvironment("HF_TOKEN", token);
        }

        return (context, new HuggingFacePlugin().CreateSources(context)["huggingface"]);
    }

    private static async Task<byte[]> ReadAsync(ISource source, SourceFile file, SourceRange range = default)
    {
        var result = await source.OpenAsync(file, range, Stop);
        Assert.True(result.IsSuccess, result.Error?.Message);
        await using var content = result.Value;
        using var bytes = new MemoryStream();
        await content.Body.CopyToAsync(bytes, Stop);
        return bytes.ToArray();
    }

    private static async Task<SourceFile> InspectFileAsync(ISource source, string path, string variant = "default")
    {
        var inspection = await source.InspectAsync(new SourceReference(Id), Stop);
        Assert.True(inspection.IsSuccess, inspection.Error?.Message);
        return inspection.Value.Variants.Single(found => found.Answers(variant)).Files.Single(file => file.Path == path);
    }

    [Theory]
    [InlineData("", 1000)]
    [InlineData("/hf", 2)]
    public async Task InspectAsync_Repository_PinsEverythingWithOneListing(string prefix, int pageSize)
    {
        await using var hub = await StartAsync(prefix: prefix);
        hub.PageSize = pageSize;
        var (context, source) = Open(hub);
        using var _ = context;

        var inspection = (await source.InspectAsync(new SourceReference(Id), Stop)).Value;

        var repository = hub.Models[Id];
        Assert.Equal(repository.Commit, inspection.Revision);
        Assert.Equal("transformers", inspection.Framework);
        Assert.Equal("tiny", inspection.SuggestedModelName);
        Assert.False(inspection.IsGated);
        var model = inspection.Variants.Single(variant => variant.Answers("default")).Files[0];
        Assert.Equal((FakeRepository.Sha256(repository.Files["onnx/model.onnx"].Bytes), 300_000L, null), (model.Sha256, model.Size, model.GitBlobSha1));
        var config = inspection.Variants[0].Files.Single(file => file.Path == "config.json");
        Assert.Equal((FakeRepository.Oid(repository.Files["config.json"].Bytes), null), (config.GitBlobSha1, config.Sha256));
        Assert.Equal(100_000 + inspection.Variants[0].TotalSize - 300_000, inspection.Variants.Single(variant => variant.Answers("quantized")).TotalSize);
        Assert.Single(hub.Requests, request => request.PathAndQuery.Contains("/tree/") && !request.PathAndQuery.Contains("cursor"));
        Assert.Equal((repository.Tree().Count + pageSize - 1) / pageSize, hub.Requests.Count(request => request.PathAndQuery.Contains("/tree/")));
        Assert.All(hub.Requests.Skip(1), request => Assert.Contains(repository.Commit, request.PathAndQuery));
    }

    [Fact]
    public async Task InspectAsync_Metadata_ComesFromCardConfigAndReadme()
    {
        await using var hub = await StartAsync();
        var (context, source) = Open(hub);
        using var _ = context;

        var metadata = (await source.InspectAsync(new SourceReference(Id), Stop)).Value.Metadata;

        Assert.Equal("""{"description":"A tiny model for tests. Still the first.","pipelineTag":"feature-extraction","library":"transformers.js","license":"apache-2.0","architectures":["BertModel"],"modelType":"bert","hiddenSize":384,"baseModel":["org/base"],"tags":["onnx","license:mit"]}""",
            metadata.ToJsonString());
    }

    [Fact]
    public async Task OpenAsync_LargeFile_FollowsToTheStorageWithoutTheToken()
    {
        await using var hub = await StartAsync();
        var (context, source) = Open(hub, FakeHub.GoodToken);
        using var _ = context;
        var file = await InspectFileAsync(source, "onnx/model.onnx");

        var bytes = await ReadAsync(source, file);

        Assert.Equal(file.Sha256, Convert.ToHexStringLower(SHA256.HashData(bytes)));
        Assert.All(hub.Requests.Where(request => request.Server == "storage"), request => Assert.Null(request.Authorization));
        Assert.All(hub.Requests.Where(request => request.Server == "hub"), request => Assert.Equal($"Bearer {FakeHub.GoodToken}", request.Authorization));
        Assert.DoesNotContain(context.Logged, line => line.Contains(FakeHub.GoodToken));
        Assert.DoesNotContain(FakeHub.GoodToken, file.ToString());
    }

    [Theory]
    [InlineData(0, 100)]
    [InlineData(12_345, 50_000)]
    [InlineData(299_999, 1)]
    [InlineData(299_000, null)]
    [InlineData(300_000, null)]
    public async Task OpenAsync_Range_GivesExactlyThoseBytes(long offset, int? length)
    {
        await using var hub = await StartAsync();
        var (context, source) = Open(hub);
        using var _ = context;
        var file = await InspectFileAsync(source, "onnx/model.onnx");

        var result = (await source.OpenAsync(file, new SourceRange(offset, length), Stop)).Value;
        await using var content = result;
        using var bytes = new MemoryStream();
        await content.Body.CopyToAsync(bytes, Stop);

        Assert.Equal(offset, content.Offset);
        Assert.Equal(hub.Models[Id].Files["onnx/model.onnx"].Bytes[(int)offset..(int)Math.Min(300_000, offset + (length ?? 300_000))], bytes.ToArray());
        Assert.Equal(300_000, content.TotalSize);
        Assert.Equal(bytes.Length, content.Length);
    }

    [Fact]
    public async Task OpenAsync_SmallFile_FollowsTheRelativeRedirect()
    {
        await using var hub = await StartAsync(prefix: "/hf");
        var (context, source) = Open(hub);
        using var _ = context;

        Assert.Equal(hub.Models[Id].Files["config.json"].Bytes, await ReadAsync(source, await InspectFileAsync(source, "config.json")));
        var weird = (await source.InspectAsync(new SourceReference(Id) { Variant = "all" }, Stop)).Value.Variants.Single(variant => variant.Answers("all"))
            .Files.Single(file => file.Path.StartsWith("weird", StringComparison.Ordinal));
        Assert.Equal("{}"u8.ToArray(), await ReadAsync(source, weird));
    }

    [Fact]
    public async Task OpenAsync_SignatureExpired_IsResolvedAgainAtTheHub()
    {
        await using var hub = await StartAsync();
        var (context, source) = Open(hub);
        using var _ = context;
        var file = await InspectFileAsync(source, "onnx/model.onnx");
        hub.ExpiredSignatures = 2;

        var bytes = await ReadAsync(source, file, new SourceRange(100_000));

        Assert.Equal(200_000, bytes.Length);
        Assert.Equal(3, hub.Requests.Count(request => request.Server == "storage" && request.Range == "bytes=100000-"));
    }

    [Fact]
    public async Task OpenAsync_SignatureNeverAccepted_IsARetryableErrorThatNamesTheHop()
    {
        await using var hub = await StartAsync();
        var (context, source) = Open(hub);
        using var _ = context;
        var file = await InspectFileAsync(source, "onnx/model.onnx");
        hub.ExpiredSignatures = int.MaxValue;

        var error = (await source.OpenAsync(file, default, Stop)).Error!;

        Assert.Equal(ErrorCode.SourceServerError, error.Code);
        Assert.Contains($"{hub.Endpoint}, redirect 1", error.Message);
        Assert.Equal(3, hub.Requests.Count(request => request.Server == "storage"));
    }

    [Fact]
    public async Task OpenAsync_StorageNotAllowed_IsRefusedByTheAddressRule()
    {
        await using var hub = await StartAsync();
        var (context, source) = Open(hub, allowStorage: false);
        using var _ = context;
        var file = await InspectFileAsync(source, "onnx/model.onnx");

        Assert.Equal(ErrorCode.SecurityViolation, (await source.OpenAsync(file, default, Stop)).Error!.Code);
    }

    [Theory]
    [InlineData("X-Linked-Etag", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"")]
    [InlineData("X-Linked-Size", "17")]
    public async Task OpenAsync_RedirectAnnouncesOtherContent_IsRefusedBeforeAByte(string header, string value)
    {
        await using var hub = await StartAsync();
        hub.EditRedirect = context => context.Response.Headers[header] = value;
        var (context, source) = Open(hub);
        using var _ = context;
        var file = await InspectFileAsync(source, "onnx/model.onnx");

        Assert.Equal(ErrorCode.IntegrityFailed, (await source.OpenAsync(file, default, Stop)).Error!.Code);
    }

    [Fact]
    public async Task OpenAsync_RangeIgnored_StartsAtZeroAndSaysSo()
    {
        await using var hub = await StartAsync();
        hub.InsteadOfStorage = async (context, bytes) =>
        {
            context.Response.ContentLength = bytes.Length;
            await context.Response.Body.WriteAsync(bytes);
            return true;
        };
        var (context, source) = Open(hub);
        using var _ = context;
        var file = await InspectFileAsync(source, "onnx/model.onnx");

        await using var content = (await source.OpenAsync(file, new SourceRange(1000), Stop)).Value;

        Assert.Equal((0L, 300_000L), (content.Offset, content.Length));
    }

    [Fact]
    public async Task OpenAsync_OtherRangeThanAsked_IsRefused()
    {
        await using var hub = await StartAsync();
        hub.InsteadOfStorage = async (context, bytes) =>
        {
            context.Response.StatusCode = 206;
            context.Response.Headers.ContentRange = $"bytes 0-9/{bytes.Length}";
            await context.Response.Body.WriteAsync(bytes.AsMemory(0, 10));
            return true;
        };
        var (context, source) = Open(hub);
        using var _ = context;
        var file = await InspectFileAsync(source, "onnx/model.onnx");

        Assert.Equal(ErrorCode.PreconditionFailed, (await source.OpenAsync(file, new SourceRange(1000), Stop)).Error!.Code);
    }

    [Fact]
    public async Task OpenAsync_BodyBreaksOff_ThrowsATypedError()
    {
        await using var hub = await StartAsync();
        hub.InsteadOfStorage = async (context, bytes) =>
        {
            context.Response.ContentLength = bytes.Length;
            await context.Response.Body.WriteAsync(bytes.AsMemory(0, 1000));
            return true; // Fewer bytes than announced: Kestrel closes the connection.
        };
        var (context, source) = Open(hub);
        using var _ = context;
        var file = await InspectFileAsync(source, "onnx/model.onnx");

        var exception = await Assert.ThrowsAsync<PlatformException>(() => ReadAsync(source, file));

        Assert.Equal(ErrorCode.DownloadIncomplete, exception.Error.Code);
    }

    [Theory]
    [InlineData(null, "none is set")]
    [InlineData(FakeHub.GoodToken, null)]
    public async Task GatedRepository_NeedsATokenAndSaysSo(string? token, string? expected)
    {
        await using var hub = await StartAsync(Tiny(gated: "manual"));
        var (context, source) = Open(hub, token);
        using var _ = context;

        var inspection = (await source.InspectAsync(new SourceReference(Id), Stop)).Value;
        var result = await source.OpenAsync(inspection.Variants[0].Files[0], default, Stop);

        Assert.True(inspection.IsGated);
        Assert.Equal(expected is null, result.IsSuccess);
        if (expected is null)
        {
            await result.Value.DisposeAsync();
            return;
        }

        Assert.Equal(ErrorCode.AccessDenied, result.Error!.Code);
        Assert.Contains($"accept the terms at https://huggingface.co/{Id} and set a token", result.Error.Message);
        Assert.Contains(expected, result.Error.Message);
    }

    [Fact]
    public async Task PrivateRepository_WithItsToken_IsReadAndMarkedGated()
    {
        await using var hub = await StartAsync(Tiny(isPrivate: true));
        var (context, source) = Open(hub, FakeHub.GoodToken);
        using var _ = context;

        Assert.True((await source.InspectAsync(new SourceReference(Id), Stop)).Value.IsGated);
    }

    [Fact]
    public async Task PrivateRepository_Anonymous_TellsBothPossibilities()
    {
        await using var hub = await StartAsync(Tiny(isPrivate: true));
        var (context, source) = Open(hub);
        using var _ = context;

        var error = (await source.InspectAsync(new SourceReference(Id), Stop)).Error!;

        Assert.Equal(ErrorCode.ModelNotFound, error.Code);
        Assert.Contains("does not exist, or it is private", error.Message);
        Assert.Contains("HF_TOKEN", error.Message);
    }

    [Fact]
    public async Task InspectAsync_BadToken_SaysSoWithoutRepeatingIt()
    {
        await using var hub = await StartAsync();
        var (context, source) = Open(hub, "hf_bad");
        using var _ = context;

        var error = (await source.InspectAsync(new SourceReference(Id), Stop)).Error!;

        Assert.Equal(ErrorCode.AccessDenied, error.Code);
        Assert.Contains("does not accept the token", error.Message);
        Assert.DoesNotContain("hf_bad", error.Message);
    }

    [Fact]
    public async Task OpenAsync_Disabled_SaysSo()
    {
        await using var hub = await StartAsync(Tiny(isDisabled: true));
        var (context, source) = Open(hub);
        using var _ = context;
        var file = await InspectFileAsync(source, "onnx/model.onnx");

        var error = (await source.OpenAsync(file, default, Stop)).Error!;

        Assert.Equal(ErrorCode.AccessDenied, error.Code);
        Assert.Contains("disabled", error.Message);
    }

    [Fact]
    public async Task InspectAsync_UnknownRevisionOrFile_NamesIt()
    {
        await using var hub = await StartAsync();
        var (context, source) = Open(hub);
        using var _ = context;

        Assert.Contains("'nope'", (await source.InspectAsync(new SourceReference(Id) { Revision = "nope" }, Stop)).Error!.Message);
        Assert.Contains("'nope.gguf'", (await source.InspectAsync(new SourceReference($"hf://{Id}/nope.gguf"), Stop)).Error!.Message);
        var single = (await source.InspectAsync(new SourceReference($"hf://{Id}@refs/pr/1/onnx/model.onnx"), Stop)).Value;
        Assert.Equal("onnx/model.onnx", Assert.Single(Assert.Single(single.Variants).Files).Path);
    }

    [Theory]
    [InlineData("RateLimit", "\"api\";r=0;t=55", 56)]
    [InlineData("Retry-After", "7", 7)]
    [InlineData("Retry-After", "garbage", 60)]
    public async Task InspectAsync_RateLimited_WaitsAsToldAndAsksNoMore(string header, string value, int seconds)
    {
        await using var hub = await StartAsync();
        hub.Instead = async context =>
        {
            context.Response.Headers[header] = value;
            await FakeHub.FailAsync(context, 429, null, "Too many requests");
            return true;
        };
        var (context, source) = Open(hub);
        using var _ = context;

        var error = (await source.InspectAsync(new SourceReference(Id), Stop)).Error!;
        var second = (await source.InspectAsync(new SourceReference(Id), Stop)).Error!;

        Assert.Equal((ErrorCode.RateLimited, TimeSpan.FromSeconds(seconds)), (error.Code, error.RetryAfter));
        Assert.Equal(ErrorCode.RateLimited, second.Code);
        Assert.True(second.RetryAfter <= error.RetryAfter);
        Assert.Single(hub.Requests);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    public async Task InspectAsync_ServerError_IsRetryable(int status)
    {
        await using var hub = await StartAsync();
        hub.Instead = async context =>
        {
            await FakeHub.FailAsync(context, status, null, "oops");
            return true;
        };
        var (context, source) = Open(hub);
        using var _ = context;

        Assert.Equal(ErrorCode.SourceServerError, (await source.InspectAsync(new SourceReference(Id), Stop)).Error!.Code);
    }

    [Fact]
    public async Task InspectAsync_PageOfHtml_IsAnErrorThatSaysSo()
    {
        await using var hub = await StartAsync();
        hub.Instead = async context =>
        {
            await context.Response.WriteAsync("<html>Please sign in to the Wi-Fi</html>");
            return true;
        };
        var (context, source) = Open(hub);
        using var _ = context;

        var error = (await source.InspectAsync(new SourceReference(Id), Stop)).Error!;

        Assert.Equal(ErrorCode.SourceServerError, error.Code);
        Assert.DoesNotContain("Wi-Fi", error.Message);
    }

    public static TheoryData<string, string, ErrorCode> HostileEntries => new()
    {
        { "path", "\"../x\"", ErrorCode.SecurityViolation },
        { "path", "\"/etc/passwd\"", ErrorCode.SecurityViolation },
        { "path", "\"a/%2e%2e/x\"", ErrorCode.SecurityViolation },
        { "path", "\"..\\\\x\"", ErrorCode.SecurityViolation },
        { "path", "\"a\\u0000b\"", ErrorCode.SecurityViolation },
        { "path", "\"config.json\"", ErrorCode.IntegrityFailed },
        { "path", "null", ErrorCode.SecurityViolation },
        { "size", "-1", ErrorCode.IntegrityFailed },
        { "size", "9223372036854775808", ErrorCode.IntegrityFailed },
        { "size", "1.5", ErrorCode.IntegrityFailed },
        { "size", "\"7\"", ErrorCode.IntegrityFailed },
        { "oid", "\"nope\"", ErrorCode.IntegrityFailed },
        { "type", "\"symlink\"", ErrorCode.SecurityViolation },
        { "lfs", """{"oid":"short","size":2}""", ErrorCode.IntegrityFailed },
        { "lfs", """{"oid":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","size":3}""", ErrorCode.IntegrityFailed },
    };

    [Theory]
    [MemberData(nameof(HostileEntries))]
    public async Task InspectAsync_HostileListing_IsRefusedNamingTheHop(string field, string json, ErrorCode code)
    {
        var repository = Tiny();
        repository.EditTree = tree => tree.Single(entry => (string?)entry!["path"] == "tokenizer.json")![field] = JsonNode.Parse(json);
        await using var hub = await StartAsync(repository);
        var (context, source) = Open(hub);
        using var _ = context;

        var error = (await source.InspectAsync(new SourceReference(Id), Stop)).Error!;

        Assert.Equal(code, error.Code);
        Assert.Contains($"The file listing of {Id} at {hub.Endpoint}", error.Message);
    }

    [Theory]
    [InlineData("http://evil.example/api/models/org/tiny/tree/x?cursor=2")]
    [InlineData("http://127.0.0.1:1/api/models/org/tiny/tree/x?cursor=2")]
    [InlineData("https://127.0.0.1/api/x")]
    [InlineData("/api/models/org/tiny/tree/x?cursor=2")]
    [InlineData("file:///etc/passwd")]
    public async Task InspectAsync_NextPageElsewhere_IsRefused(string next)
    {
        await using var hub = await StartAsync();
        (hub.PageSize, hub.EditNextPage) = (2, _ => next);
        var (context, source) = Open(hub, FakeHub.GoodToken);
        using var _ = context;

        var error = (await source.InspectAsync(new SourceReference(Id), Stop)).Error!;

        Assert.Equal(ErrorCode.SecurityViolation, error.Code);
        Assert.Contains("page", error.Message);
    }

    [Fact]
    public async Task InspectAsync_PagesWithoutEnd_StopAtTheFirstRepetition()
    {
        await using var hub = await StartAsync();
        (hub.PageSize, hub.EditNextPage) = (2, next => next.Split("&cursor")[0]);
        var (context, source) = Open(hub);
        using var _ = context;

        Assert.Equal(ErrorCode.IntegrityFailed, (await source.InspectAsync(new SourceReference(Id), Stop)).Error!.Code);
    }

    [Fact]
    public async Task RenamedRepository_IsFollowedToItsNewName()
    {
        await using var hub = await StartAsync();
        hub.Instead = context =>
        {
            var isOld = context.Request.Path.Value!.Contains("/org/old/", StringComparison.Ordinal);
            if (isOld)
            {
                context.Response.StatusCode = 307;
                context.Response.Headers.Location = (context.Request.Path + context.Request.QueryString.ToString()).Replace("/org/old/", $"/{Id}/");
            }

            return Task.FromResult(isOld);
        };
        var (context, source) = Open(hub, FakeHub.GoodToken);
        using var _ = context;

        var inspection = (await source.InspectAsync(new SourceReference("org/old"), Stop)).Value;

        Assert.Equal(hub.Models[Id].Commit, inspection.Revision);
        Assert.Equal(hub.Models[Id].Files["onnx/model.onnx"].Bytes, await ReadAsync(source, inspection.Variants[0].Files[0]));
        Assert.All(hub.Requests.Where(request => request.Server == "hub"), request => Assert.NotNull(request.Authorization));
    }

    [Theory]
    [InlineData(408, ErrorCode.NetworkTimeout, true)]
    [InlineData(429, ErrorCode.RateLimited, true)]
    [InlineData(502, ErrorCode.SourceServerError, true)]
    [InlineData(410, ErrorCode.ModelNotFound, false)]
    [InlineData(451, ErrorCode.ModelNotFound, false)]
    [InlineData(403, ErrorCode.AccessDenied, false)]
    [InlineData(400, ErrorCode.InvalidRequest, false)]
    public async Task InspectAsync_StatusOfTheHub_IsItsCodeAndNamesTheHop(int status, ErrorCode code, bool isRetryable)
    {
        await using var hub = await StartAsync();
        hub.Instead = async context =>
        {
            await FakeHub.FailAsync(context, status, null, "oops");
            return true;
        };
        var (context, source) = Open(hub);
        using var _ = context;

        var error = (await source.InspectAsync(new SourceReference(Id), Stop)).Error!;

        Assert.Equal((code, isRetryable), (error.Code, error.IsRetryable));
        Assert.Contains(hub.Endpoint, error.Message);
        Assert.DoesNotContain("oops", error.Message);
    }

    [Fact]
    public async Task Dataset_IsReadBelowItsOwnPaths()
    {
        await using var hub = await StartAsync();
        hub.Datasets["org/data"] = new FakeRepository().With("README.md", "Data.").With("data/train.parquet", FakeRepository.Bytes(5000, 3));
        var (context, source) = Open(hub);
        using var _ = context;

        var inspection = (await source.InspectAsync(new SourceReference("datasets/org/data"), Stop)).Value;

        var file = Assert.Single(inspection.Variants).Files.Single(file => file.Path == "data/train.parquet");
        Assert.Equal(hub.Datasets["org/data"].Files["data/train.parquet"].Bytes, await ReadAsync(source, file));
        Assert.Null(inspection.Framework);
    }

    [Theory]
    [InlineData("http://evil.example/x")]
    [InlineData("/../../admin")]
    [InlineData("/org/tiny/resolve/main/config.json")]
    public async Task OpenAsync_ForeignLocator_IsRefused(string locator)
    {
        await using var hub = await StartAsync();
        var (context, source) = Open(hub);
        using var _ = context;

        Assert.Equal(ErrorCode.InvalidRequest, (await source.OpenAsync(new SourceFile("x", locator), default, Stop)).Error!.Code);
        Assert.Empty(hub.Requests);
    }

    [Fact]
    public async Task CheckHealthAsync_TellsWhereItIsConnected()
    {
        await using var hub = await StartAsync();
        var (context, source) = Open(hub);
        using var _ = context;

        var health = await source.CheckHealthAsync(Stop);

        Assert.True(health.IsHealthy);
        Assert.Contains(hub.Endpoint, health.Reason);
    }
}
