using ModelPlatform.Plugins.HuggingFace;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.Tests.HuggingFace;

public sealed class HuggingFaceOptionsTests
{
    [Fact]
    public void Read_EndpointSetting_WinsOverEnvironmentAndLosesItsSlash()
    {
        using var context = new TestSourceContext().With("endpoint", "http://mirror.example/hf/").WithEnvironment("HF_ENDPOINT", "http://other.example");

        var options = HuggingFaceOptions.Read(context).Value;

        Assert.Equal(("http://mirror.example", "/hf"), (options.Origin, options.Prefix));
    }

    [Fact]
    public void Read_NothingSet_IsThePublicHub()
    {
        using var context = new TestSourceContext();

        Assert.Equal(("https://huggingface.co", "", null), (HuggingFaceOptions.Read(context).Value.Origin, HuggingFaceOptions.Read(context).Value.Prefix, HuggingFaceOptions.Read(context).Value.Token));
    }

    [Theory]
    [InlineData("http://localhost:5100")]
    [InlineData("http://127.0.0.1:5100/hf")]
    [InlineData("http://[::1]:5100")]
    [InlineData("https://models.example/hf")]
    public void CreateSources_EndpointIsThisPlatform_Fails(string endpoint)
    {
        using var context = new TestSourceContext().WithEnvironment("PublicUrl", "https://models.example").WithEnvironment("HF_ENDPOINT", endpoint);

        var exception = Assert.Throws<PlatformException>(() => new HuggingFacePlugin().CreateSources(context));

        Assert.Contains("HF_ENDPOINT is this platform's own address", exception.Message);
    }

    [Theory]
    [InlineData("ftp://x.example")]
    [InlineData("huggingface.co")]
    [InlineData("https://user:pw@x.example")]
    [InlineData("https://x.example/?a=b")]
    public void CreateSources_BadEndpoint_Fails(string endpoint)
    {
        using var context = new TestSourceContext().With("Endpoint", endpoint);

        Assert.Equal(ErrorCode.InvalidRequest, Assert.Throws<PlatformException>(() => new HuggingFacePlugin().CreateSources(context)).Error.Code);
    }

    [Fact]
    public void CreateSources_UnknownSetting_IsNamed()
    {
        using var context = new TestSourceContext().With("Endpont", "https://x.example");

        Assert.Contains("Endpont", Assert.Throws<PlatformException>(() => new HuggingFacePlugin().CreateSources(context)).Message);
    }
}
