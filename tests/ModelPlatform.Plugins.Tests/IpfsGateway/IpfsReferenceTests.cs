using ModelPlatform.Plugins.IpfsGateway;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.Tests.IpfsGateway;

public sealed class IpfsReferenceTests
{
    private const string Cid = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku";

    [Theory]
    [InlineData(Cid, "", null)]
    [InlineData("ipfs://" + Cid, "", null)]
    [InlineData("ipfs://ipfs/" + Cid + "/a", "a", null)]
    [InlineData("/ipfs/" + Cid + "/a/b%20c", "a,b c", null)]
    [InlineData(Cid + "/a/?filename=model.onnx", "a", "model.onnx")]
    [InlineData("https://ipfs.io/ipfs/" + Cid + "/x.onnx?download=true", "x.onnx", null)]
    [InlineData("https://" + Cid + ".ipfs.dweb.link/x.onnx", "x.onnx", null)]
    public void Parse_KnownForm_IsRead(string text, string path, string? name)
    {
        var result = IpfsReference.Parse(new SourceReference(text));

        Assert.True(result.IsSuccess, result.Error?.Message);
        Assert.Equal((Cid, path, name), (result.Value.Root.ToString(), string.Join(',', result.Value.Path), result.Value.FileName));
    }

    [Theory]
    [InlineData("", ErrorCode.InvalidRequest)]
    [InlineData("ipns://example.com/x", ErrorCode.InvalidRequest)]
    [InlineData("https://example.com/x", ErrorCode.InvalidRequest)]
    [InlineData("ipfs://", ErrorCode.InvalidRequest)]
    [InlineData(Cid + "/../x", ErrorCode.SecurityViolation)]
    [InlineData(Cid + "/%2e%2e/x", ErrorCode.SecurityViolation)]
    [InlineData(Cid + "/a%2Fb", ErrorCode.SecurityViolation)]
    [InlineData(Cid + "/a%5Cb", ErrorCode.SecurityViolation)]
    [InlineData(Cid + "?filename=../x", ErrorCode.SecurityViolation)]
    public void Parse_Bad_IsRefused(string text, ErrorCode code) => Assert.Equal(code, IpfsReference.Parse(new SourceReference(text)).Error?.Code);

    [Fact]
    public void Parse_Revision_MustBeTheIdentifier()
    {
        Assert.True(IpfsReference.Parse(new SourceReference(Cid) { Revision = Cid }).IsSuccess);
        Assert.Equal(ErrorCode.InvalidRequest, IpfsReference.Parse(new SourceReference(Cid) { Revision = "main" }).Error?.Code);
    }
}
