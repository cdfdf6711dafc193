using System.Text.Json;
using System.Text.RegularExpressions;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.HuggingFace.Hub;

/// <summary>Collects the pages of one file listing and believes none of it unchecked.</summary>
internal sealed partial class HubListing(HubReference reference, string commit, HuggingFaceOptions options)
{
    private const int MostFiles = 100_000;
    private const int MostPages = 1_000;

    private readonly HashSet<string> paths = new(StringComparer.Ordinal);
    private int pages;

    public List<SourceFile> Files { get; } = [];

    /// <summary>Takes the entries of one page.</summary>
    public PlatformError? Add(List<HubTreeEntry> entries)
    {
        foreach (var entry in entries)
        {
            if (entry is null || entry.Type == "directory")
            {
                continue;
            }

            if (ArtifactPath.FindFault(entry.Path) is { } fault)
            {
                return Fail(ErrorCode.SecurityViolation, $"names a file whose path is refused: {fault}");
            }

            if (!paths.Add(entry.Path!))
            {
                return Fail(ErrorCode.IntegrityFailed, $"names '{entry.Path}' twice");
            }

            if (entry.Type != "file")
            {
                return Fail(ErrorCode.SecurityViolation, $"says that '{entry.Path}' is neither a file nor a directory");
            }

            if (Files.Count == MostFiles)
            {
                return Fail(ErrorCode.IntegrityFailed, $"names more than {MostFiles} files");
            }

            if (!ToFile(entry).TryGet(out var file, out var error))
            {
                return error;
            }

            Files.Add(file);
        }

        return null;
    }

    /// <summary>Reads the <c>Link</c> header of a page: the address of the next one, or null after the last.</summary>
    public Result<Uri?> NextPage(Uri page, string? link)
    {
        if (link is null || NextLink().Match(link) is not { Success: true } match)
        {
            return (Uri?)null;
        }

        if (++pages == MostPages)
        {
            return Fail(ErrorCode.IntegrityFailed, $"goes on after {MostPages} pages");
        }

        if (!Uri.TryCreate(match.Groups[1].Value, UriKind.Absolute, out var next) || next.UserInfo.Length > 0)
        {
            return Fail(ErrorCode.SecurityViolation, "has a next page whose address is not an absolute URL");
        }

        if (!next.IdnHost.Equals(page.IdnHost, StringComparison.OrdinalIgnoreCase) || next.Port != page.Port || next.Scheme != page.Scheme)
        {
            return Fail(ErrorCode.SecurityViolation, $"has page {pages + 1} on another host; only pages of {options.Origin} are read");
        }

        return next.AbsolutePath.StartsWith(options.Prefix + "/api/", StringComparison.Ordinal)
            ? next
            : Fail(ErrorCode.SecurityViolation, $"has page {pages + 1} outside the API");
    }

    private Result<SourceFile> ToFile(HubTreeEntry entry)
    {
        if (!TrySize(entry.Size, out var size))
        {
            return Fail(ErrorCode.IntegrityFailed, $"gives '{entry.Path}' a size that is not a whole number from 0 to 2^63-1");
        }

        var file = new SourceFile(entry.Path!, HubLocator.Of(reference, commit, entry.Path!)) { Size = size, AcceptsRanges = true };
        if (entry.Lfs is { } lfs)
        {
            if (!TrySize(lfs.Size, out var lfsSize) || lfsSize != size)
            {
                return Fail(ErrorCode.IntegrityFailed, $"gives '{entry.Path}' two different sizes");
            }

            return IsHex(lfs.Oid, 64) ? file with { Sha256 = lfs.Oid } : Fail(ErrorCode.IntegrityFailed, $"gives '{entry.Path}' no SHA-256 although it lies in LFS");
        }

        return IsHex(entry.Oid, 40) ? file with { GitBlobSha1 = entry.Oid } : Fail(ErrorCode.IntegrityFailed, $"gives '{entry.Path}' no digest to check it by");
    }

    private static bool TrySize(JsonElement element, out long size)
    {
        size = -1;
        return element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out size) && size >= 0;
    }

    private static bool IsHex(string? text, int length) => text?.Length == length && text.All(char.IsAsciiHexDigitLower);

    private PlatformError Fail(ErrorCode code, string what) =>
        new(code, $"The file listing of {reference.Id} at {options.Origin} {what}. Nothing was fetched; report it to whoever runs that Hub.");

    [GeneratedRegex("""<([^>]*)>\s*;[^,]*?\brel="?next"?""")]
    private static partial Regex NextLink();
}
