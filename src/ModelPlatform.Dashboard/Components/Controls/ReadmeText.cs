using System.Text;
using Markdig;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;
using Microsoft.AspNetCore.Components;
using ModelPlatform.Client;
using ModelPlatform.Client.Models;

namespace ModelPlatform.Dashboard.Components.Controls;

/// <summary>A model's README as markup. It is foreign text: HTML in it is shown, not obeyed; links lead to the web or nowhere; pictures are named, not loaded.</summary>
internal static class ReadmeText
{
    private const int Longest = 256 * 1024;
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder().DisableHtml().UsePipeTables().UseAutoLinks().Build();

    public static async Task<MarkupString?> LoadAsync(ModelPlatformClient client, Manifest manifest)
    {
        if (manifest.Artifacts.FirstOrDefault(file => file.Path.Equals("README.md", StringComparison.OrdinalIgnoreCase)) is not { Size: > 0 } file)
        {
            return null;
        }

        var opened = await client.Models.OpenArtifactAsync(manifest.Model.Id, file.Path, 0, Math.Min(file.Size, Longest) - 1);
        if (!opened.TryGet(out var response, out _))
        {
            return null;
        }

        using (response)
        {
            try
            {
                var bytes = await response.Content.ReadAsByteArrayAsync();
                return new MarkupString(Render(Encoding.UTF8.GetString(bytes)));
            }
            catch (HttpRequestException)
            {
                // The page stands without it.
                return null;
            }
        }
    }

    public static string Render(string markdown)
    {
        var document = Markdown.Parse(WithoutFrontMatter(markdown), Pipeline);
        foreach (var link in document.Descendants<LinkInline>())
        {
            link.Url = IsWeb(link.Url) ? link.Url : "#";
            link.IsImage = false;
        }

        foreach (var link in document.Descendants<AutolinkInline>())
        {
            link.Url = IsWeb(link.Url) || link.IsEmail ? link.Url : "#";
        }

        return document.ToHtml(Pipeline);
    }

    private static bool IsWeb(string? url) => Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https";

    private static string WithoutFrontMatter(string markdown)
    {
        var text = markdown.TrimStart('\uFEFF');
        if (!text.StartsWith("---\n", StringComparison.Ordinal) && !text.StartsWith("---\r\n", StringComparison.Ordinal))
        {
            return text;
        }

        var end = text.IndexOf("\n---", 3, StringComparison.Ordinal);
        return end < 0 ? text : text[(end + 4)..];
    }
}
