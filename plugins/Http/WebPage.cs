using System.Text;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.Http;

/// <summary>Tells a login page, a notice or a pointer from a model file.</summary>
internal static class WebPage
{
    private const int Looked = 512;

    public static bool IsHtml(SourceHttpResponse answer, string name) =>
        !name.EndsWith(".html", StringComparison.OrdinalIgnoreCase) && !name.EndsWith(".htm", StringComparison.OrdinalIgnoreCase)
        && answer.Message.Content.Headers.ContentType?.MediaType is "text/html" or "application/xhtml+xml";

    /// <summary>What stands in the file's place; null where it may be the file. Reads the beginning of the body.</summary>
    public static async ValueTask<string?> DescribeAsync(SourceHttpResponse answer, string name, CancellationToken cancellationToken)
    {
        if (IsHtml(answer, name))
        {
            return answer.Hops.Count > 0 ? "a web page after a redirect, perhaps a login," : "a web page, perhaps a login,";
        }

        if ((int)answer.Message.StatusCode == 416)
        {
            return null;
        }

        var start = new byte[Looked];
        await using var body = await answer.Message.Content.ReadAsStreamAsync(cancellationToken);
        var length = await body.ReadAtLeastAsync(start, Looked, throwOnEndOfStream: false, cancellationToken);
        var text = Encoding.Latin1.GetString(start, 0, length).TrimStart('\u00ef', '\u00bb', '\u00bf', ' ', '\t', '\r', '\n');
        var isPage = text.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase) || text.StartsWith("<html", StringComparison.OrdinalIgnoreCase);
        return isPage && !name.EndsWith(".html", StringComparison.OrdinalIgnoreCase) && !name.EndsWith(".htm", StringComparison.OrdinalIgnoreCase) ? "a web page, perhaps a login,"
            : text.StartsWith("version https://git-lfs.github.com/spec/", StringComparison.Ordinal) ? "a Git LFS pointer"
            : null;
    }
}
