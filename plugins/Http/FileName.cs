using System.Net.Http.Headers;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.Http;

/// <summary>What the file is called here: the server's word where it is safe, else the address's.</summary>
internal static class FileName
{
    private const string Nameless = "model.bin";

    public static string Of(SourceHttpResponse answer, Uri asked)
    {
        var final = LastSegment(answer.FinalUri);
        var first = LastSegment(asked);
        var fromAddress = first is not null && Frameworks.Detect([first]) is not null ? first
            : final is not null && Frameworks.Detect([final]) is not null ? final
            : first ?? final;
        return Disposition(answer) ?? fromAddress ?? Nameless;
    }

    private static string? Disposition(SourceHttpResponse answer) =>
        answer.Message.Content.Headers.NonValidated.TryGetValues("Content-Disposition", out var values)
        && ContentDispositionHeaderValue.TryParse(values.ToString(), out var disposition)
            ? Safe((disposition.FileNameStar ?? disposition.FileName)?.Trim('"'))
            : null;

    private static string? LastSegment(Uri uri) => Safe(Uri.UnescapeDataString(uri.Segments[^1].TrimEnd('/')));

    // A server may write a path: only what follows the last separator is a name.
    private static string? Safe(string? name)
    {
        var last = name?[(name.LastIndexOfAny(['/', '\\']) + 1)..].Trim();
        return ArtifactPath.FindFault(last) is null ? last : null;
    }
}
