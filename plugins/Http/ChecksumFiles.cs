using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.Http;

/// <summary>Checksum files that lie beside a file: <c>model.onnx.sha256</c>, then <c>SHA256SUMS</c>.</summary>
internal static partial class ChecksumFiles
{
    private const int Longest = 1024 * 1024;
    private static readonly SourceHttpOptions Small = new() { OverallTimeout = TimeSpan.FromSeconds(20) };

    /// <summary>The SHA-256 one of them states for the file; null where none does. Their absence is no failure.</summary>
    public static async ValueTask<string?> FindAsync(SourceHttp http, Uri url, string name, CancellationToken cancellationToken)
    {
        // The address without its query: a signature in it is for the file alone.
        var place = new Uri(url.GetLeftPart(UriPartial.Path));
        var listed = Uri.UnescapeDataString(place.Segments[^1]);
        return await ReadAsync(http, new Uri(place.AbsoluteUri + ".sha256"), listed, isForOneFile: true, cancellationToken)
            ?? await ReadAsync(http, new Uri(place, "SHA256SUMS"), listed, isForOneFile: false, cancellationToken);
    }

    /// <summary>Finds the checksum of a file in the text: lines <c>hex  name</c>, <c>hex *name</c> or <c>SHA256 (name) = hex</c>.</summary>
    /// <param name="text">The checksum file.</param>
    /// <param name="name">The file wanted.</param>
    /// <param name="isForOneFile">A checksum without a name counts too.</param>
    public static string? Find(string text, string name, bool isForOneFile)
    {
        foreach (var line in text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var match = Line().Match(line);
            if (match.Success)
            {
                var listed = match.Groups["name"].Value;
                if ((isForOneFile && listed.Length == 0) || (listed.Length > 0 && listed[(listed.LastIndexOf('/') + 1)..] == name))
                {
                    return match.Groups["hash"].Value.ToLowerInvariant();
                }
            }
        }

        return null;
    }

    private static async ValueTask<string?> ReadAsync(SourceHttp http, Uri uri, string name, bool isForOneFile, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, uri);
        if (!(await http.SendAsync(request, Small, cancellationToken)).TryGet(out var answer, out _))
        {
            return null;
        }

        using (answer)
        {
            return (int)answer.Message.StatusCode != 200 || answer.Message.Content.Headers.ContentLength > Longest ? null
                : await ReadTextAsync(answer, cancellationToken) is { } text ? Find(text, name, isForOneFile)
                : null;
        }
    }

    private static async ValueTask<string?> ReadTextAsync(SourceHttpResponse answer, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Longest + 1);
        try
        {
            await using var body = await answer.Message.Content.ReadAsStreamAsync(cancellationToken);
            var length = await body.ReadAtLeastAsync(buffer.AsMemory(0, Longest + 1), Longest + 1, throwOnEndOfStream: false, cancellationToken);
            return length <= Longest ? Encoding.UTF8.GetString(buffer, 0, length) : null;
        }
        catch (Exception exception) when (exception is IOException or PlatformException)
        {
            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    [GeneratedRegex(@"^(?:\\?(?<hash>[0-9A-Fa-f]{64})(?:\s+\*?(?<name>\S.*))?|SHA256 \((?<name>.+)\) = (?<hash>[0-9A-Fa-f]{64}))\z")]
    private static partial Regex Line();
}
