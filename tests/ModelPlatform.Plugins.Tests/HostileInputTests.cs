using ModelPlatform.Plugins.FileSystem;
using ModelPlatform.Plugins.Http;
using ModelPlatform.Plugins.HuggingFace;
using ModelPlatform.Plugins.IpfsGateway;
using ModelPlatform.Plugins.Peer;
using ModelPlatform.Plugins.Tests.HuggingFace;
using ModelPlatform.Plugins.Tests.Outbound;
using ModelPlatform.Plugins.Tests.Peer;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.Tests;

/// <summary>Hostile paths, names and addresses against every plugin: refused with the right code, by a message that names the hop and what to do.</summary>
public sealed class HostileInputTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Names of files that a listing, a manifest or a caller may give.</summary>
    public static TheoryData<string> Paths =>
    [
        "../x", "a/../x", "a/../../x", "..", "/etc/passwd", "//host/share", "%2e%2e/x", "..%2fx", "%252e%252e%252fx", "a/%2e%2e/x", "..\\x", "\\\\host\\share", "C:\\x", "C:x", "c:/x",
        "a\0b", "a\r\nb", "a\u0001b", "a//b", "./a", "a/.", "a.", "a ", "aux", "COM1.txt", "nul.onnx", "a\u202egpj.exe", "a\u200bb", "a\ufeffb", new string('a', 256), string.Join('/', Enumerable.Repeat("abcdefgh", 600)),
    ];

    /// <summary>Addresses that callers, redirects and manifests may give.</summary>
    public static TheoryData<string> Addresses =>
    [
        "http://localhost/x", "http://127.0.0.1/x", "http://127.1/x", "http://2130706433/x", "http://0x7f000001/x", "http://0177.0.0.1/x", "http://0/x", "http://[::1]/x", "http://[::ffff:127.0.0.1]/x",
        "http://[64:ff9b::7f00:1]/x", "http://[2002:7f00:1::]/x", "http://10.0.0.1/x", "http://172.16.0.1/x", "http://192.168.1.1/x", "http://100.64.0.1/x", "http://169.254.169.254/latest/meta-data", "http://[fe80::1]/x",
        "http://[fd00::1]/x", "http://224.0.0.1/x", "http://255.255.255.255/x", "http://user:pw@example.org/x", "http://example.org@127.0.0.1/x", "ftp://example.org/x", "file:///etc/passwd", "gopher://example.org/x",
        "data:text/plain,x", "javascript:alert(1)", "jar:http://example.org/x!/y", "unix:///var/run/docker.sock", "ws://example.org/x",
    ];

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task FileSystem_ReferenceOrLocator_Refused(string path)
    {
        var root = Directory.CreateTempSubdirectory("mp-hostile-").FullName;
        try
        {
            using var context = new TestSourceContext();
            var source = new FileSystemPlugin().CreateSources(context.With("Root", root))["filesystem"];
            AssertRefused((await source.InspectAsync(new SourceReference(path), Stop)).Error, ErrorCode.SecurityViolation, "relative to it");
            AssertRefused((await source.OpenAsync(new SourceFile("x", path), default, Stop)).Error, ErrorCode.SecurityViolation, "refused");
        }
        finally
        {
            Directory.Delete(root);
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task HuggingFace_Listing_Refused(string path)
    {
        await using var hub = await new FakeHub().StartAsync();
        hub.Models["org/tiny"] = new FakeRepository { EditTree = tree => tree[^1]!["path"] = path }.With("config.json", "{}").With("model.onnx", FakeRepository.Bytes(100, 1));
        using var context = new TestSourceContext([hub.Storage]);
        var source = new HuggingFacePlugin().CreateSources(context.With("Endpoint", hub.Endpoint))["huggingface"];
        AssertRefused((await source.InspectAsync(new SourceReference("org/tiny"), Stop)).Error, ErrorCode.SecurityViolation, $"The file listing of org/tiny at {hub.Endpoint}");
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task Peer_ManifestOrLocator_Refused(string path)
    {
        await using var site = await FakeSite.StartAsync("tiny", new() { ["model.onnx"] = FakeRepository.Bytes(100, 1) });
        site.Edit = manifest => manifest["artifacts"]![0]!["path"] = path;
        using var context = new TestSourceContext();
        var source = new PeerPlugin().CreateSources(context.With("Sites:0:Name", "north").With("Sites:0:Url", site.Url))["peer"];
        AssertRefused((await source.InspectAsync(new SourceReference("north/tiny"), Stop)).Error, ErrorCode.SecurityViolation, "tell whoever runs that site");

        AssertRefused((await source.OpenAsync(new SourceFile("x", $"north/tiny:v1#{path}") { Sha256 = new string('a', 64) }, default, Stop)).Error, ErrorCode.InvalidRequest, "SITE/name");
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task Ipfs_PathBehindTheIdentifier_Refused(string path)
    {
        using var context = new TestSourceContext();
        var source = new IpfsGatewayPlugin().CreateSources(context.With("Gateways:0", "http://127.0.0.1:1"))["ipfs"];
        var error = (await source.InspectAsync(new SourceReference($"bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi/{path}"), Stop)).Error;
        Assert.True(error?.Code is ErrorCode.SecurityViolation or ErrorCode.InvalidRequest or ErrorCode.ConnectionFailed, $"{error}");
        TestContext.Current.TestOutputHelper?.WriteLine($"{error}");
    }

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task Url_CallersAddressAndRedirect_Refused(string address)
    {
        await using var origin = await TestOrigin.StartAsync(context =>
        {
            context.Response.StatusCode = 302;
            context.Response.Headers.Location = address;
            return Task.CompletedTask;
        });
        using var context = new TestSourceContext([origin.Origin]);
        var source = new HttpPlugin().CreateSources(context)["url"];
        AssertRefused((await source.InspectAsync(new SourceReference(address), Stop)).Error, ErrorCode.SecurityViolation, null);
        AssertRefused((await source.InspectAsync(new SourceReference(origin.At("/model.onnx").ToString()), Stop)).Error, ErrorCode.SecurityViolation, "redirect 1");
    }

    private static void AssertRefused(PlatformError? error, ErrorCode code, string? named)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"{error}");
        Assert.NotNull(error);
        Assert.Equal(code, error.Code);
        Assert.False(error.IsRetryable);
        Assert.InRange(error.Message.Length, 20, 2000);
        Assert.DoesNotContain(error.Message, char.IsControl);
        if (named is not null)
        {
            Assert.Contains(named, error.Message);
        }
    }
}
