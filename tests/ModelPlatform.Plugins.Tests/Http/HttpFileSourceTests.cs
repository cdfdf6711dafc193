using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using ModelPlatform.Plugins.Http;
using ModelPlatform.Plugins.Tests.Outbound;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.Tests.Http;

public sealed class HttpFileSourceTests
{
    private static readonly byte[] Data = [.. Enumerable.Range(0, 5000).Select(i => (byte)(i % 251))];
    private static readonly string Sha256 = Convert.ToHexStringLower(SHA256.HashData(Data));

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>A file server: ranges, ETag, and whatever a test adds.</summary>
    private static async Task ServeAsync(HttpContext context, string etag = "\"v1\"", bool ranges = true, bool length = true, byte[]? data = null)
    {
        data ??= Data;
        context.Response.Headers.ETag = etag;
        var range = context.Request.GetTypedHeaders().Range?.Ranges.Single();
        if (range is null || !ranges || (context.Request.Headers.IfRange is { Count: > 0 } ifRange && ifRange != etag))
        {
            context.Response.ContentLength = length ? data.Length : null;
            await context.Response.Body.WriteAsync(data);
            return;
        }

        var from = (int)range.From!.Value;
        if (from >= data.Length)
        {
            context.Response.StatusCode = 416;
            context.Response.Headers.ContentRange = $"bytes */{data.Length}";
            return;
        }

        var to = (int)Math.Min(range.To ?? long.MaxValue, data.Length - 1);
        context.Response.StatusCode = 206;
        context.Response.Headers.ContentRange = $"bytes {from}-{to}/{(length ? data.Length : "*")}";
        await context.Response.Body.WriteAsync(data.AsMemory(from, to - from + 1));
    }

    private static ISource Create(TestSourceContext context) => new HttpPlugin().CreateSources(context)["url"];

    private static async Task<Result<SourceInspection>> InspectAsync(RequestDelegate answer, string path = "/model.onnx")
    {
        await using var origin = await TestOrigin.StartAsync(answer);
        using var context = new TestSourceContext([origin.Origin]);
        return await Create(context).InspectAsync(new SourceReference(origin.At(path).ToString()), Stop);
    }

    private static RequestDelegate OnlyAt(string path, RequestDelegate answer) => context =>
    {
        if (context.Request.Path == path)
        {
            return answer(context);
        }

        context.Response.StatusCode = 404;
        return Task.CompletedTask;
    };

    [Fact]
    public async Task Inspect_PlainFile_AllThatIsKnown()
    {
        var inspection = (await InspectAsync(OnlyAt("/dir/model.onnx", context => ServeAsync(context)), "/dir/model.onnx?sig=secret")).Value;
        var file = Assert.Single(Assert.Single(inspection.Variants).Files);
        Assert.Equal(("model.onnx", 5000L, "\"v1\"", true), (file.Path, file.Size, file.Validator, file.AcceptsRanges));
        Assert.Null(file.Sha256);
        Assert.Equal(("onnx", "model"), (inspection.Framework, inspection.SuggestedModelName));
        Assert.DoesNotContain("secret", inspection.Metadata.ToJsonString());
    }

    [Theory]
    [InlineData(false, true, 5000L, false)]
    [InlineData(false, false, null, false)]
    [InlineData(true, false, null, true)]
    public async Task Inspect_WithoutRangesOrLength_StillWorks(bool ranges, bool length, long? size, bool accepts)
    {
        var file = (await InspectAsync(OnlyAt("/model.onnx", context => ServeAsync(context, ranges: ranges, length: length)))).Value.Variants[0].Files[0];
        Assert.Equal((size, accepts), (file.Size, file.AcceptsRanges));
    }

    [Theory]
    [InlineData("attachment; filename=\"net.gguf\"", "net.gguf")]
    [InlineData("attachment; filename*=UTF-8''n%20et.gguf", "n et.gguf")]
    [InlineData("attachment; filename=\"../../etc/passwd\"", "passwd")]
    [InlineData("attachment; filename=\"..\\\\..\\\\x.gguf\"", "x.gguf")]
    [InlineData("attachment; filename=\"..\"", "model.onnx")]
    [InlineData("attachment; filename=\"a:b\"", "model.onnx")]
    [InlineData("attachment; filename=\"aux\"", "model.onnx")]
    [InlineData("nonsense;;;", "model.onnx")]
    public async Task Inspect_ContentDisposition_SanitisedName(string disposition, string name)
    {
        var inspection = (await InspectAsync(context =>
        {
            context.Response.Headers.ContentDisposition = disposition;
            return ServeAsync(context);
        })).Value;
        Assert.Equal(name, inspection.Variants[0].Files[0].Path);
    }

    [Theory]
    [InlineData("Repr-Digest")]
    [InlineData("Digest")]
    [InlineData("X-Linked-Etag")]
    public async Task Inspect_DigestHeader_Known(string header)
    {
        var base64 = Convert.ToBase64String(SHA256.HashData(Data));
        var value = header switch { "Repr-Digest" => $"md5=:AAAA:, sha-256=:{base64}:", "Digest" => $"SHA-256={base64}", _ => $"\"{Sha256}\"" };
        var inspection = await InspectAsync(context =>
        {
            context.Response.Headers[header] = value;
            return ServeAsync(context);
        });
        Assert.Equal(Sha256, inspection.Value.Variants[0].Files[0].Sha256);
    }

    [Theory]
    [InlineData("/d/model.onnx.sha256", "{0}")]
    [InlineData("/d/model.onnx.sha256", "{0}  model.onnx\n")]
    [InlineData("/d/SHA256SUMS", "0000000000000000000000000000000000000000000000000000000000000000  other\n{0} *model.onnx\n")]
    [InlineData("/d/SHA256SUMS", "SHA256 (./model.onnx) = {0}")]
    public async Task Inspect_ChecksumFileBeside_Known(string path, string text)
    {
        var inspection = await InspectAsync(context => context.Request.Path == path ? context.Response.WriteAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, text, Sha256)) : OnlyAt("/d/model.onnx", request => ServeAsync(request))(context), "/d/model.onnx");
        Assert.Equal(Sha256, inspection.Value.Variants[0].Files[0].Sha256);
    }

    [Theory]
    [InlineData("text/html; charset=utf-8", "anything")]
    [InlineData("application/octet-stream", "\r\n<!DOCTYPE html><html><body>Log in")]
    [InlineData("application/octet-stream", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5")]
    public async Task Inspect_WebPageInPlaceOfTheFile_ClearError(string type, string body)
    {
        var error = (await InspectAsync(context =>
        {
            context.Response.ContentType = type;
            return context.Response.WriteAsync(body);
        })).Error;
        Assert.Equal(ErrorCode.ModelNotFound, error?.Code);
        Assert.Contains("where a model file is expected", error!.Message);
    }

    [Theory]
    [InlineData("file:///etc/passwd", ErrorCode.SecurityViolation)]
    [InlineData("/etc/passwd", ErrorCode.SecurityViolation)]
    [InlineData("ftp://example.org/x", ErrorCode.SecurityViolation)]
    [InlineData("http://169.254.169.254/latest", ErrorCode.SecurityViolation)]
    [InlineData("http://2130706433/", ErrorCode.SecurityViolation)]
    [InlineData("http://user@example.org/x", ErrorCode.SecurityViolation)]
    [InlineData("model.onnx", ErrorCode.InvalidRequest)]
    [InlineData("", ErrorCode.InvalidRequest)]
    public async Task Inspect_ForbiddenAddress_Refused(string url, ErrorCode code)
    {
        using var context = new TestSourceContext();
        Assert.Equal(code, (await Create(context).InspectAsync(new SourceReference(url), Stop)).Error?.Code);
    }

    [Fact]
    public async Task Inspect_NotThere_ModelNotFound() => Assert.Equal(ErrorCode.ModelNotFound, (await InspectAsync(OnlyAt("/other", context => ServeAsync(context)))).Error?.Code);

    [Fact]
    public async Task Inspect_Compressed_Refused() => Assert.Equal(ErrorCode.IntegrityFailed, (await InspectAsync(context =>
    {
        context.Response.Headers.ContentEncoding = "gzip";
        return context.Response.WriteAsync("x");
    })).Error?.Code);

    [Theory]
    [InlineData(0L, null, 0, 5000)]
    [InlineData(100L, 50L, 100, 50)]
    [InlineData(4999L, null, 4999, 1)]
    [InlineData(5000L, null, 5000, 0)]
    public async Task Open_Range_ExactBytes(long offset, long? length, int at, int count)
    {
        await using var origin = await TestOrigin.StartAsync(context => ServeAsync(context));
        using var context = new TestSourceContext([origin.Origin]);
        var source = Create(context);
        var file = (await source.InspectAsync(new SourceReference(origin.At("/model.onnx").ToString()), Stop)).Value.Variants[0].Files[0];
        await using var content = (await source.OpenAsync(file, new SourceRange(offset, length), Stop)).Value;
        using var copy = new MemoryStream();
        await content.Body.CopyToAsync(copy, Stop);
        Assert.Equal((long)at, content.Offset);
        Assert.Equal(Data.Skip(at).Take(count), copy.ToArray());
    }

    [Fact]
    public async Task Open_ServerWithoutRanges_AnswersFromTheStartAndSaysSo()
    {
        await using var origin = await TestOrigin.StartAsync(context => ServeAsync(context, ranges: false));
        using var context = new TestSourceContext([origin.Origin]);
        await using var content = (await Create(context).OpenAsync(new SourceFile("model.onnx", origin.At("/model.onnx").ToString()), new SourceRange(100), Stop)).Value;
        Assert.Equal((0L, 5000L), (content.Offset, content.TotalSize));
    }

    [Theory]
    [InlineData("\"v1\"", false)]
    [InlineData("W/\"v1\"", false)]
    [InlineData("\"v1\"", true)]
    public async Task Open_FileMoved_NeverLooksLikeTheOldOne(string validator, bool ignoresIfRange)
    {
        var etag = validator;
        await using var origin = await TestOrigin.StartAsync(context =>
        {
            if (ignoresIfRange)
            {
                context.Request.Headers.Remove("If-Range");
            }

            return ServeAsync(context, etag);
        });
        using var context = new TestSourceContext([origin.Origin]);
        var source = Create(context);
        var file = (await source.InspectAsync(new SourceReference(origin.At("/model.onnx").ToString()), Stop)).Value.Variants[0].Files[0];
        etag = "\"v2\"";

        // Either refused, or the whole file under the ETag it has now: the host takes that for another file.
        var ranged = await source.OpenAsync(file, new SourceRange(10), Stop);
        Assert.True(ranged.Error?.Code == ErrorCode.PreconditionFailed || ranged.Value is { Offset: 0, Validator: "\"v2\"" });
        await using var whole = (await source.OpenAsync(file, new SourceRange(0), Stop)).Value;
        Assert.Equal((0, "\"v2\""), (whole.Offset, whole.Validator));
        await (ranged.IsSuccess ? ranged.Value.DisposeAsync() : ValueTask.CompletedTask);
    }

    [Fact]
    public async Task Open_AnotherRange_Refused()
    {
        await using var origin = await TestOrigin.StartAsync(context =>
        {
            context.Response.StatusCode = 206;
            context.Response.Headers.ContentRange = "bytes 4-9/10";
            return context.Response.WriteAsync("456789");
        });
        using var context = new TestSourceContext([origin.Origin]);
        var file = new SourceFile("model.onnx", origin.At("/model.onnx").ToString());
        Assert.Equal(ErrorCode.PreconditionFailed, (await Create(context).OpenAsync(file, new SourceRange(5), Stop)).Error?.Code);
    }

    [Fact]
    public async Task Open_RangeWithoutItsPlace_Refused()
    {
        await using var origin = await TestOrigin.StartAsync(context =>
        {
            context.Response.StatusCode = 206;
            return context.Response.WriteAsync("56789");
        });
        using var context = new TestSourceContext([origin.Origin]);
        var file = new SourceFile("model.onnx", origin.At("/model.onnx").ToString());
        Assert.Equal(ErrorCode.PreconditionFailed, (await Create(context).OpenAsync(file, new SourceRange(5), Stop)).Error?.Code);
    }

    [Theory]
    [InlineData(null, 5000, ErrorCode.RangeNotSatisfiable)]
    [InlineData(null, 6000, ErrorCode.PreconditionFailed)]
    [InlineData(6000L, 5500, ErrorCode.PreconditionFailed)]
    public async Task Open_BeyondTheEnd_TellsAnEndFromAChange(long? size, long offset, ErrorCode code)
    {
        await using var origin = await TestOrigin.StartAsync(context => ServeAsync(context));
        using var context = new TestSourceContext([origin.Origin]);
        var file = new SourceFile("model.onnx", origin.At("/model.onnx").ToString()) { Size = size };
        Assert.Equal(code, (await Create(context).OpenAsync(file, new SourceRange(offset), Stop)).Error?.Code);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Open_NoLength_ChunkedCodingProvesTheEnd(bool length)
    {
        await using var origin = await TestOrigin.StartAsync(context => ServeAsync(context, ranges: false, length: length));
        using var context = new TestSourceContext([origin.Origin]);
        await using var content = (await Create(context).OpenAsync(new SourceFile("model.onnx", origin.At("/model.onnx").ToString()), default, Stop)).Value;
        Assert.Equal((!length, length), (content.IsEndCertain, content.Length is not null));
    }

    [Fact]
    public async Task Inspect_EmptyFile_SizeZero()
    {
        var file = (await InspectAsync(OnlyAt("/model.onnx", context => ServeAsync(context, data: [])))).Value.Variants[0].Files[0];
        Assert.Equal(0, file.Size);
    }
}
