using System.Diagnostics;
using System.Security.Cryptography;
using ModelPlatform.Plugins.FileSystem;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.Tests.FileSystem;

public sealed class FileSystemSourceTests : IDisposable
{
    private readonly string home = Directory.CreateTempSubdirectory("mp-fs-test-").FullName;
    private readonly string root;
    private readonly ISource source;

    public FileSystemSourceTests()
    {
        root = Path.Combine(home, "models");
        Directory.CreateDirectory(root);
        using var context = new TestSourceContext();
        source = new FileSystemPlugin().CreateSources(context.With("Root", root))["filesystem"];
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(home, recursive: true);

    private string Write(string path, int size = 10)
    {
        var full = Path.Combine(root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllBytes(full, [.. Enumerable.Range(0, size).Select(i => (byte)i)]);
        return full;
    }

    private async Task<Result<SourceInspection>> InspectAsync(string reference, string? revision = null) =>
        await source.InspectAsync(new SourceReference(reference) { Revision = revision }, Stop);

    private async Task<byte[]> ReadAsync(SourceFile file, SourceRange range = default)
    {
        await using var content = (await source.OpenAsync(file, range, Stop)).Value;
        using var copy = new MemoryStream();
        await content.Body.CopyToAsync(copy, Stop);
        return copy.ToArray();
    }

    [Theory]
    [InlineData("test-fixtures/test-model.onnx")]
    [InlineData("models/test-fixtures/test-model.onnx")]
    public async Task Inspect_SingleFile_AsTheSeedHasIt(string reference)
    {
        Write("test-fixtures/test-model.onnx", 1234);
        var inspection = (await InspectAsync(reference)).Value;
        var variant = Assert.Single(inspection.Variants);
        Assert.Equal(("default", "unknown", 1234L), (variant.Name, variant.Precision, variant.TotalSize));
        Assert.Equal("test-model.onnx", Assert.Single(variant.Files).Path);
        Assert.Equal(("onnx", "test-model"), (inspection.Framework, inspection.SuggestedModelName));
        Assert.Equal("""{"description":"Model imported from models/test-fixtures/test-model.onnx","tags":["local","imported"]}""", inspection.Metadata.ToJsonString());
    }

    [Theory]
    [InlineData("checkout")]
    [InlineData("checkout/onnx/model.onnx")]
    public async Task Inspect_LfsPointerInACheckout_SaysWhatToDoInPlaceOfPublishingIt(string reference)
    {
        Write("checkout/config.json");
        Write("checkout/onnx/model.onnx");
        await File.WriteAllTextAsync(Path.Combine(root, "checkout/onnx/model.onnx"), $"version https://git-lfs.github.com/spec/v1\noid sha256:{new string('a', 64)}\nsize 90387606\n", Stop);
        var error = (await InspectAsync(reference)).Error!;
        Assert.Equal(ErrorCode.ModelNotFound, error.Code);
        Assert.Contains("checkout/onnx/model.onnx is a Git LFS pointer, not the file of 90387606 bytes", error.Message);
        Assert.Contains("git lfs pull", error.Message);
    }

    [Theory]
    [InlineData("version https://git-lfs.github.com/spec/v1\nis what a pointer begins with.\n")]
    [InlineData("")]
    public async Task Inspect_TextThatIsNoPointer_AFileLikeAnyOther(string text)
    {
        Write("model/model.onnx");
        await File.WriteAllTextAsync(Path.Combine(root, "model/README.md"), text, Stop);
        Assert.Equal(2, (await InspectAsync("model")).Value.Variants[0].Files.Count);
    }

    [Fact]
    public async Task Inspect_Directory_AllRegularFilesBelow()
    {
        Write("m/a.bin");
        Write("m/sub/b.gguf", 20);
        Write("m/.git/HEAD");
        Write("m/.hidden");
        var inspection = (await InspectAsync("m/")).Value;
        Assert.Equal([".hidden", "a.bin", "sub/b.gguf"], inspection.Variants[0].Files.Select(file => file.Path));
        Assert.Equal(40, inspection.Variants[0].TotalSize);
        Assert.Equal("gguf", inspection.Framework);
        Assert.Equal(Enumerable.Range(5, 15).Select(i => (byte)i), await ReadAsync(inspection.Variants[0].Files[2], new SourceRange(5)));
    }

    [Theory]
    [InlineData("model.onnx", "onnx")]
    [InlineData("model.gguf", "gguf")]
    [InlineData("model.safetensors", "safetensors")]
    [InlineData("saved_model.pb", "tensorflow")]
    [InlineData("graph.pbtxt", "tensorflow")]
    [InlineData("model.pt", "pytorch")]
    [InlineData("model.PTH", "pytorch")]
    [InlineData("pytorch_model.bin", "pytorch")]
    [InlineData("notes.txt", null)]
    public async Task Inspect_File_FrameworkByName(string name, string? framework)
    {
        Write(name);
        Assert.Equal(framework, (await InspectAsync(name)).Value.Framework);
    }

    [Theory]
    [InlineData("../secret")]
    [InlineData("a/../../secret")]
    [InlineData("/etc/passwd")]
    [InlineData("//etc/passwd")]
    [InlineData("%2e%2e/secret")]
    [InlineData("..%2fsecret")]
    [InlineData("%252e%252e%252fsecret")]
    [InlineData("..\\secret")]
    [InlineData("C:\\secret")]
    [InlineData("\\\\host\\share")]
    [InlineData("file:///etc/passwd")]
    [InlineData("a\0b")]
    [InlineData("a\r\nb")]
    [InlineData("models/../secret")]
    [InlineData(".")]
    [InlineData("/")]
    public async Task Inspect_PathOutOfTheRoot_SecurityViolation(string reference)
    {
        await File.WriteAllTextAsync(Path.Combine(home, "secret"), "secret", Stop);
        var error = (await InspectAsync(reference)).Error;
        Assert.True(error?.Code is ErrorCode.SecurityViolation, $"{error}");
    }

    [Fact]
    public async Task Inspect_NothingThere_Errors()
    {
        Directory.CreateDirectory(Path.Combine(root, "empty", "below"));
        Assert.Equal(ErrorCode.ModelNotFound, (await InspectAsync("absent.onnx")).Error?.Code);
        Assert.Equal(ErrorCode.ModelNotFound, (await InspectAsync("empty")).Error?.Code);
        Assert.Equal(ErrorCode.InvalidRequest, (await InspectAsync("")).Error?.Code);
        Assert.Equal(ErrorCode.SecurityViolation, (await InspectAsync(new string('a', 5000))).Error?.Code);
    }

    [Fact]
    public async Task Inspect_SymbolicLinks_SecurityViolation()
    {
        await File.WriteAllTextAsync(Path.Combine(home, "secret"), "secret", Stop);
        Directory.CreateDirectory(Path.Combine(home, "outside"));
        await File.WriteAllTextAsync(Path.Combine(home, "outside", "x"), "secret", Stop);
        Write("real/inside.onnx");
        File.CreateSymbolicLink(Path.Combine(root, "link"), Path.Combine(home, "secret"));
        File.CreateSymbolicLink(Path.Combine(root, "inner"), Path.Combine(root, "real", "inside.onnx"));
        Directory.CreateSymbolicLink(Path.Combine(root, "dir"), Path.Combine(home, "outside"));
        Directory.CreateSymbolicLink(Path.Combine(root, "alias"), Path.Combine(root, "real"));
        Write("mixed/a.onnx");
        File.CreateSymbolicLink(Path.Combine(root, "mixed", "link"), Path.Combine(home, "secret"));
        foreach (var reference in new[] { "link", "inner", "dir", "dir/x", "alias", "alias/inside.onnx", "mixed" })
        {
            var error = (await InspectAsync(reference)).Error;
            Assert.True(error?.Code is ErrorCode.SecurityViolation, $"{reference}: {error}");
            Assert.DoesNotContain(home, error.Message);
        }
    }

    [Fact]
    public async Task Open_LocatorMadeUp_SecurityViolation()
    {
        await File.WriteAllTextAsync(Path.Combine(home, "secret"), "secret", Stop);
        foreach (var locator in new[] { "../secret", "/etc/passwd", "models--a--b/snapshots/x/../../../../secret" })
        {
            Assert.Equal(ErrorCode.SecurityViolation, (await source.OpenAsync(new SourceFile("x", locator), default, Stop)).Error?.Code);
        }
    }

    [Fact]
    public async Task Open_LinkSwappedInWhileReading_NeverReadsOutside()
    {
        var secret = Path.Combine(home, "secret");
        await File.WriteAllTextAsync(secret, "secret", Stop);
        var path = Write("m.onnx");
        var file = (await InspectAsync("m.onnx")).Value.Variants[0].Files[0] with { Validator = null };
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var swapping = Task.Run(() =>
        {
            while (!enough.IsCancellationRequested)
            {
                File.Delete(path);
                File.CreateSymbolicLink(path, secret);
                File.Delete(path);
                File.WriteAllBytes(path, [1, 2, 3]);
            }
        }, Stop);
        for (var i = 0; i < 3000; i++)
        {
            var opened = await source.OpenAsync(file, default, Stop);
            if (opened.IsSuccess)
            {
                await using var content = opened.Value;
                var bytes = new byte[16];
                Assert.DoesNotContain((byte)'s', bytes.AsMemory(0, await content.Body.ReadAtLeastAsync(bytes, 6, throwOnEndOfStream: false, Stop)).ToArray());
            }
        }

        await enough.CancelAsync();
        await swapping;
    }

    [Fact]
    public async Task Inspect_PipeOrDevice_RefusedWithoutBlocking()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Named pipes are made with mkfifo.");
        using (var make = Process.Start("mkfifo", Path.Combine(root, "pipe.onnx")))
        {
            await make.WaitForExitAsync(Stop);
        }

        Write("mixed/a.onnx");
        File.Move(Path.Combine(root, "pipe.onnx"), Path.Combine(root, "mixed", "pipe.onnx"));
        Assert.Equal(ErrorCode.SecurityViolation, (await InspectAsync("mixed/pipe.onnx")).Error?.Code);
        Assert.Equal(ErrorCode.SecurityViolation, (await InspectAsync("mixed")).Error?.Code);
    }

    [Fact]
    public async Task Open_ChangedSinceInspection_Refused()
    {
        var path = Write("m.onnx");
        var file = (await InspectAsync("m.onnx")).Value.Variants[0].Files[0];
        await File.WriteAllBytesAsync(path, new byte[10], Stop);
        File.SetLastWriteTimeUtc(path, File.GetLastWriteTimeUtc(path).AddSeconds(5));
        Assert.Equal(ErrorCode.IntegrityFailed, (await source.OpenAsync(file, default, Stop)).Error?.Code);
    }

    [Fact]
    public async Task Body_ChangedWhileRead_Throws()
    {
        var path = Write("m.onnx", 100);
        var file = (await InspectAsync("m.onnx")).Value.Variants[0].Files[0];
        await using var content = (await source.OpenAsync(file, default, Stop)).Value;
        await content.Body.ReadExactlyAsync(new byte[50], Stop);
        await using (var writer = new FileStream(path, FileMode.Open))
        {
            writer.Position = 60;
            writer.WriteByte(99);
        }

        File.SetLastWriteTimeUtc(path, File.GetLastWriteTimeUtc(path).AddSeconds(5));
        var failure = await Assert.ThrowsAsync<PlatformException>(() => content.Body.CopyToAsync(Stream.Null, Stop));
        Assert.Equal(ErrorCode.IntegrityFailed, failure.Error.Code);
    }

    [Theory]
    [InlineData(0, null, 10)]
    [InlineData(3, 4L, 4)]
    [InlineData(9, 100L, 1)]
    [InlineData(10, null, 0)]
    public async Task Open_Range_ExactBytes(long offset, long? length, int expected)
    {
        Write("m.onnx");
        var file = (await InspectAsync("m.onnx")).Value.Variants[0].Files[0];
        Assert.Equal(Enumerable.Range((int)offset, expected).Select(i => (byte)i), await ReadAsync(file, new SourceRange(offset, length)));
    }

    [Fact]
    public async Task Open_RangeOutside_RangeNotSatisfiable()
    {
        Write("m.onnx");
        var file = (await InspectAsync("m.onnx")).Value.Variants[0].Files[0];
        Assert.Equal(ErrorCode.RangeNotSatisfiable, (await source.OpenAsync(file, new SourceRange(11), Stop)).Error?.Code);
        Assert.Equal(ErrorCode.RangeNotSatisfiable, (await source.OpenAsync(file, new SourceRange(-1), Stop)).Error?.Code);
    }

    [Fact]
    public async Task Inspect_HuggingFaceCache_SnapshotThroughItsBlobsWithTheirDigests()
    {
        const string commit = "0123456789012345678901234567890123456789";
        var sha256 = Convert.ToHexStringLower(SHA256.HashData([.. Enumerable.Range(0, 100).Select(i => (byte)i)]));
        const string sha1 = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
        Write($"hub/models--org--tiny/blobs/{sha256}", 100);
        Write($"hub/models--org--tiny/blobs/{sha1}", 5);
        Directory.CreateDirectory(Path.Combine(root, $"hub/models--org--tiny/snapshots/{commit}/onnx"));
        Directory.CreateDirectory(Path.Combine(root, "hub/models--org--tiny/refs"));
        await File.WriteAllTextAsync(Path.Combine(root, "hub/models--org--tiny/refs/main"), commit, Stop);
        File.CreateSymbolicLink(Path.Combine(root, $"hub/models--org--tiny/snapshots/{commit}/onnx/model.onnx"), $"../../../blobs/{sha256}");
        File.CreateSymbolicLink(Path.Combine(root, $"hub/models--org--tiny/snapshots/{commit}/config.json"), $"../../blobs/{sha1}");

        foreach (var (reference, revision) in new[] { ("hub/models--org--tiny", null), ("hub/models--org--tiny", "main"), ("hub/models--org--tiny", commit), ($"hub/models--org--tiny/snapshots/{commit}", null) })
        {
            var inspection = (await InspectAsync(reference, revision)).Value;
            Assert.Equal((commit, "tiny", "onnx"), (inspection.Revision, inspection.SuggestedModelName, inspection.Framework));
            var files = inspection.Variants[0].Files;
            Assert.Equal(["config.json", "onnx/model.onnx"], files.Select(file => file.Path));
            Assert.Equal((sha1, sha256), (files[0].GitBlobSha1, files[1].Sha256));
            Assert.Equal(sha256, Convert.ToHexStringLower(SHA256.HashData(await ReadAsync(files[1]))));
        }

        Assert.Equal(ErrorCode.ModelNotFound, (await InspectAsync("hub/models--org--tiny", "other")).Error?.Code);
        Assert.Equal(ErrorCode.ModelNotFound, (await InspectAsync("hub/models--org--tiny", "../../x")).Error?.Code);

        await File.WriteAllTextAsync(Path.Combine(home, "secret"), "secret", Stop);
        File.CreateSymbolicLink(Path.Combine(root, $"hub/models--org--tiny/snapshots/{commit}/evil"), Path.Combine(home, "secret"));
        Assert.Equal(ErrorCode.SecurityViolation, (await InspectAsync("hub/models--org--tiny")).Error?.Code);
    }

    [Fact]
    public async Task CheckHealth_RootMissing_SaysSo()
    {
        Assert.True((await source.CheckHealthAsync(Stop)).IsHealthy);
        using var context = new TestSourceContext();
        var elsewhere = new FileSystemPlugin().CreateSources(context.With("Root", Path.Combine(home, "nowhere")))["filesystem"];
        Assert.False((await elsewhere.CheckHealthAsync(Stop)).IsHealthy);
        Assert.Equal(ErrorCode.ModelNotFound, (await elsewhere.InspectAsync(new SourceReference("x"), Stop)).Error?.Code);
    }
}
