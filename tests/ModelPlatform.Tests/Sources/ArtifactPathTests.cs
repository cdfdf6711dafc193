using ModelPlatform.Sources;

namespace ModelPlatform.Tests.Sources;

public sealed class ArtifactPathTests
{
    [Theory]
    [InlineData("config.json")]
    [InlineData("onnx/model_q4f16.onnx")]
    [InlineData("モデル/重み.safetensors")]
    [InlineData("100%.txt")]
    [InlineData("...hidden/..x")]
    [InlineData("console.json")]
    public void FindFault_GoodPath_FindsNone(string path) => Assert.Null(ArtifactPath.FindFault(path));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("../x")]
    [InlineData("a/../../x")]
    [InlineData("./x")]
    [InlineData("/etc/passwd")]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData("%2e%2e/x")]
    [InlineData("%252e%252e/x")]
    [InlineData("..%2fx")]
    [InlineData("..\\x")]
    [InlineData("C:/x")]
    [InlineData("model.bin:stream")]
    [InlineData("a\0b")]
    [InlineData("a\r\nb")]
    [InlineData("\u202egpj.exe")]
    [InlineData("a\u200bb")]
    [InlineData("aux")]
    [InlineData("a/COM1.json")]
    [InlineData("x. ")]
    [InlineData("x.")]
    public void FindFault_HostilePath_SaysWhy(string? path)
    {
        var fault = ArtifactPath.FindFault(path);

        Assert.NotNull(fault);
        Assert.DoesNotContain('\r', fault);
    }

    [Fact]
    public void FindFault_LoneSurrogate_SaysWhy() => Assert.NotNull(ArtifactPath.FindFault("a" + (char)0xd800 + "x"));

    [Fact]
    public void FindFault_TooLong_SaysWhy()
    {
        Assert.NotNull(ArtifactPath.FindFault(new string('a', 256)));
        Assert.NotNull(ArtifactPath.FindFault(string.Concat(Enumerable.Repeat("abcd/", 1000)) + "x"));
        Assert.Null(ArtifactPath.FindFault(new string('a', 255)));
    }
}
