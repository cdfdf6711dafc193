using ModelPlatform.Conformance.Sources;
using ModelPlatform.Plugins.FileSystem;
using ModelPlatform.Plugins.Http;
using ModelPlatform.Plugins.HuggingFace;
using ModelPlatform.Plugins.IpfsGateway;
using ModelPlatform.Plugins.Peer;
using ModelPlatform.Plugins.Tests.HuggingFace;
using ModelPlatform.Plugins.Tests.IpfsGateway;
using ModelPlatform.Plugins.Tests.Outbound;
using ModelPlatform.Plugins.Tests.Peer;

namespace ModelPlatform.Plugins.Tests.Conformance;

public sealed class TemplateConformance : SourceConformance
{
    protected override SourceUnderTest Test => new(new global::MySource.MySourcePlugin(), "mysource", "hello");
}

public sealed class FileSystemConformance : SourceConformance, IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("mp-conformance-").FullName;

    protected override SourceUnderTest Test => new(new FileSystemPlugin(), "filesystem", "tiny") { Settings = new Dictionary<string, string> { ["Root"] = root } };

    public FileSystemConformance()
    {
        Directory.CreateDirectory(Path.Combine(root, "tiny", "sub"));
        File.WriteAllBytes(Path.Combine(root, "tiny", "model.onnx"), FakeRepository.Bytes(300_000, 1));
        File.WriteAllText(Path.Combine(root, "tiny", "sub", "config.json"), "{}");
        File.WriteAllText(Path.Combine(root, "tiny", "empty.txt"), "");
    }

    public void Dispose() => Directory.Delete(root, recursive: true);
}

public sealed class HttpConformance : SourceConformance, IAsyncLifetime
{
    private TestOrigin origin = null!;

    protected override SourceUnderTest Test => new(new HttpPlugin(), "url", origin.At("/model.onnx").ToString()) { AllowedOrigins = [origin.Origin], BadReferences = [origin.At("/absent.onnx").ToString()] };

    public async ValueTask InitializeAsync() => origin = await TestOrigin.StartAsync(FileAnswer.Of(new() { ["/model.onnx"] = FakeRepository.Bytes(300_000, 1) }));

    public ValueTask DisposeAsync() => origin.DisposeAsync();
}

public sealed class HuggingFaceConformance : SourceConformance, IAsyncLifetime
{
    private FakeHub hub = null!;

    protected override SourceUnderTest Test => new(new HuggingFacePlugin(), "huggingface", "org/tiny") { Settings = new Dictionary<string, string> { ["Endpoint"] = hub.Endpoint }, AllowedOrigins = [hub.Storage], BadReferences = ["org/absent", "a/b/c"] };

    public async ValueTask InitializeAsync()
    {
        hub = await new FakeHub().StartAsync();
        hub.Models["org/tiny"] = new FakeRepository().With("config.json", "{}").With("tokenizer.json", "{}").With("onnx/model.onnx", FakeRepository.Bytes(300_000, 1));
    }

    public ValueTask DisposeAsync() => hub.DisposeAsync();
}

public sealed class PeerConformance : SourceConformance, IAsyncLifetime
{
    private FakeSite site = null!;

    protected override SourceUnderTest Test => new(new PeerPlugin(), "peer", "north/tiny:v1")
    {
        Settings = new Dictionary<string, string> { ["Sites:0:Name"] = "north", ["Sites:0:Url"] = site.Url },
        BadReferences = ["north/absent", "south/tiny:v1", "north"],
    };

    public async ValueTask InitializeAsync() => site = await FakeSite.StartAsync("tiny", new() { ["model.onnx"] = FakeRepository.Bytes(300_000, 1), ["config.json"] = [1, 2, 3] });

    public ValueTask DisposeAsync() => site.DisposeAsync();
}

public sealed class IpfsGatewayConformance(IpfsFixture ipfs) : SourceConformance, IClassFixture<IpfsFixture>
{
    protected override SourceUnderTest Test => new(new IpfsGatewayPlugin(), "ipfs", $"ipfs://{ipfs["v1"]}?filename=model.gguf") { Settings = new Dictionary<string, string> { ["Gateways:0"] = ipfs.Urls[0] } };
}
