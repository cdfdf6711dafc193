using ModelPlatform.Registry;

namespace ModelPlatform.Tests.Registry;

public sealed class ModelReferenceTests
{
    [Theory]
    [InlineData("gpt2", "gpt2", null, null)]
    [InlineData("org/name:1.0.0", "org/name", "1.0.0", null)]
    [InlineData("org/name@champion", "org/name", null, "champion")]
    public void TryParse_ThreeForms_AreRead(string text, string name, string? version, string? alias)
    {
        Assert.True(ModelReference.TryParse(text, out var reference));
        Assert.Equal(new ModelReference(name, version, alias), reference);
    }

    [Theory]
    [InlineData("")]
    [InlineData("../x")]
    [InlineData("a/b/c")]
    [InlineData("a:")]
    [InlineData("a:b:c")]
    [InlineData("a:b@c")]
    [InlineData("-a")]
    [InlineData("v1")]
    [InlineData("V2/x")]
    [InlineData("FetchModel")]
    [InlineData("org/infer")]
    [InlineData("a\n")]
    [InlineData("ä")]
    public void TryParse_OutsideTheRules_IsRefused(string text) => Assert.False(ModelReference.TryParse(text, out _));
}
