using ModelPlatform.Plugins.IpfsGateway.Cids;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.Tests.IpfsGateway;

public sealed class CidTests(IpfsFixture ipfs) : IClassFixture<IpfsFixture>
{
    [Theory]
    [InlineData("single")]
    [InlineData("single-z")]
    [InlineData("single-k")]
    [InlineData("single-f")]
    public void Parse_AnyBase_IsTheSameIdentifier(string name)
    {
        var cid = Cid.Parse(ipfs[name]).Value;

        Assert.Equal(ipfs["single"], cid.ToString());
        Assert.True(cid.Matches(IpfsFixture.Bytes(1000, 5)));
        Assert.False(cid.Matches(IpfsFixture.Bytes(1000, 6)));
    }

    [Fact]
    public void Parse_Version0_IsKeptAsWritten() => Assert.Equal((ipfs["v0"], Cid.DagPb), (Cid.Parse(ipfs["v0"]).Value.ToString(), Cid.Parse(ipfs["v0"]).Value.Codec));

    [Theory]
    [InlineData("")]
    [InlineData("b")]
    [InlineData("hello")]
    [InlineData("bafybei")]
    [InlineData("bafybei!!!")]
    [InlineData("QmVjfDHfuUTrqHRUtrnXGLUfG5T345UPdaBpunXpi6vaa0")]
    [InlineData("f01551220a5")]
    [InlineData("f0155122")]
    [InlineData("f8080808080808080808055")]
    [InlineData("../x")]
    public void Parse_Malformed_IsInvalidRequest(string text) => Assert.Equal(ErrorCode.InvalidRequest, Cid.Parse(text).Error?.Code);

    [Theory]
    [InlineData("bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua", "dag-cbor")]
    [InlineData("f01721220aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "IPNS")]
    [InlineData("f01551e20aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "blake3")]
    [InlineData("f01551114aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "sha1")]
    public void Parse_UnsupportedKind_NamesIt(string text, string expected)
    {
        var error = Cid.Parse(text).Error!;

        Assert.Equal(ErrorCode.InvalidRequest, error.Code);
        Assert.Contains(expected, error.Message);
    }
}
