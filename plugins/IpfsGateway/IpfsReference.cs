using ModelPlatform.Plugins.IpfsGateway.Cids;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.IpfsGateway;

/// <summary>A content identifier, a path below it, and the name a file is to have here.</summary>
internal sealed record IpfsReference(Cid Root, IReadOnlyList<string> Path, string? FileName)
{
    /// <summary>Reads <c>ipfs://CID/path</c>, <c>/ipfs/CID/path</c>, <c>CID/path</c>, and the address of a file at any gateway.</summary>
    public static Result<IpfsReference> Parse(SourceReference reference)
    {
        var text = reference.Reference.Trim();
        if (text.Length is 0 or > 4096)
        {
            return Malformed("is empty or too long");
        }

        var parts = text.Split('#')[0].Split('?', 2);
        var path = parts[0];
        if (path.StartsWith("ipns://", StringComparison.OrdinalIgnoreCase) || path.StartsWith("/ipns/", StringComparison.Ordinal))
        {
            return Malformed("is an IPNS name, which changes; resolve it and give the CID it points to");
        }

        if (path.StartsWith("ipfs://", StringComparison.OrdinalIgnoreCase))
        {
            path = path[7..];
            path = path.StartsWith("ipfs/", StringComparison.Ordinal) ? path[5..] : path;
        }
        else if (path.StartsWith("/ipfs/", StringComparison.Ordinal))
        {
            path = path[6..];
        }
        else if (path.Contains("://", StringComparison.Ordinal))
        {
            if (OfGatewayUrl(path) is not { } found)
            {
                return Malformed("is a URL without a CID in it; a gateway's address looks like https://gateway/ipfs/CID/path");
            }

            path = found;
        }

        var segments = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (segments.Length == 0)
        {
            return Malformed("names no CID");
        }

        if (!Cid.Parse(segments[0]).TryGet(out var root, out var error))
        {
            return error;
        }

        var below = segments.Skip(1).Select(Uri.UnescapeDataString).ToArray();
        if (below.Any(segment => segment is "." or ".." || segment.Contains('/') || segment.Contains('\\') || segment.Any(char.IsControl)))
        {
            return new PlatformError(ErrorCode.SecurityViolation, "The path below the CID holds dots, slashes or control characters. Write the names of the directories.");
        }

        if (reference.Revision is { } revision && revision != root.ToString())
        {
            return Malformed("has no revisions: a CID names one content for ever. Leave the revision away, or give the CID itself");
        }

        var name = parts.Length == 2 ? parts[1].Split('&').FirstOrDefault(pair => pair.StartsWith("filename=", StringComparison.Ordinal)) is { } pair ? Uri.UnescapeDataString(pair[9..]) : null : null;
        return name is not null && (name.Contains('/') || ArtifactPath.FindFault(name) is not null)
            ? new PlatformError(ErrorCode.SecurityViolation, "The file name in the reference is refused. Give a plain name.")
            : new IpfsReference(root, below, name);
    }

    private static string? OfGatewayUrl(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.UserInfo.Length > 0)
        {
            return null;
        }

        var written = text[(text.IndexOf("://", StringComparison.Ordinal) + 3)..];
        var slash = written.IndexOf('/');
        var path = slash < 0 ? string.Empty : written[slash..];
        var marker = path.IndexOf("/ipfs/", StringComparison.Ordinal);
        return marker >= 0 ? path[(marker + 6)..] : uri.Host.Split('.') is [var cid, "ipfs", ..] ? cid + path : null;
    }

    private static PlatformError Malformed(string what) => new(ErrorCode.InvalidRequest, $"The IPFS reference {what}.");
}
