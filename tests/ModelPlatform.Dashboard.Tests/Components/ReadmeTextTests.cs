using ModelPlatform.Dashboard.Components.Controls;

namespace ModelPlatform.Dashboard.Tests.Components;

public sealed class ReadmeTextTests
{
    [Theory]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("<img src=x onerror=alert(1)>")]
    [InlineData("[x](javascript:alert(1))")]
    [InlineData("[x](data:text/html,<script>alert(1)</script>)")]
    [InlineData("![x](https://tracker.example/pixel.png)")]
    [InlineData("<javascript:alert(1)>")]
    [InlineData("[x]: javascript:alert(1)\n\n[x]")]
    public void Render_HostileText_ShowsItAndObeysNothing(string markdown)
    {
        var html = ReadmeText.Render(markdown);

        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotMatch("(href|src)=\"(javascript|data):", html);
    }

    [Fact]
    public void Render_FrontMatter_IsLeftOut() => Assert.Equal("<h1>Title</h1>", ReadmeText.Render("---\nlicense: mit\n---\n# Title\n").Trim());
}
