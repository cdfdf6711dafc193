namespace ModelPlatform.Plugins.Tests.Host;

public sealed class PluginVersionTests
{
    [Theory]
    [InlineData("1.0.0", "1.0.1")]
    [InlineData("1.9.0", "1.10.0")]
    [InlineData("1.0.0-alpha", "1.0.0")]
    [InlineData("1.0.0-alpha", "1.0.0-alpha.1")]
    [InlineData("1.0.0-alpha.2", "1.0.0-alpha.10")]
    [InlineData("1.0.0-1", "1.0.0-alpha")]
    [InlineData("1.0.0-beta", "1.0.0-rc")]
    public void CompareTo_LowerAndHigher_Ordered(string lower, string higher)
    {
        Assert.True(PluginVersion.TryParse(lower, out var low));
        Assert.True(PluginVersion.TryParse(higher, out var high));
        Assert.True(low.CompareTo(high) < 0);
        Assert.True(high.CompareTo(low) > 0);
        Assert.Equal(0, low.CompareTo(low));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("1.0")]
    [InlineData("v1.0.0")]
    [InlineData("1.0.0 ")]
    [InlineData("1.0.999999999999")]
    public void TryParse_NotSemantic_False(string? text) => Assert.False(PluginVersion.TryParse(text, out _));
}
