using System.Text.RegularExpressions;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.HuggingFace.Hub;

/// <summary>A repository on the Hub, the revision wanted, and perhaps one file of it.</summary>
/// <param name="IsDataset">A data set rather than a model.</param>
/// <param name="Id"><c>org/name</c>, or <c>name</c> for the oldest ones.</param>
/// <param name="Revision">Branch, tag, commit or <c>refs/pr/N</c>.</param>
/// <param name="File">A path in the repository where the reference names a single file.</param>
internal sealed partial record HubReference(bool IsDataset, string Id, string Revision, string? File)
{
    /// <summary>How the repository is written in a path of the web site and of <c>resolve</c>.</summary>
    public string WebPath => IsDataset ? $"datasets/{Id}" : Id;

    /// <summary>How it is written in a path of the API.</summary>
    public string ApiPath => IsDataset ? $"api/datasets/{Id}" : $"api/models/{Id}";

    /// <summary>Reads <c>org/name</c>, <c>gpt2</c>, <c>datasets/org/name</c>, <c>hf://…[@revision][/file]</c> and <c>https://huggingface.co/…[/tree|blob|resolve/revision[/file]]</c>.</summary>
    public static Result<HubReference> Parse(SourceReference reference, Uri endpoint)
    {
        var text = reference.Reference.Trim();
        if (text.Length is 0 or > 2048)
        {
            return Malformed("is empty or too long");
        }

        string path;
        var form = Form.Bare;
        if (text.StartsWith("hf://", StringComparison.OrdinalIgnoreCase))
        {
            (path, form) = (text[5..], Form.Hf);
        }
        else if (text.Contains("://", StringComparison.Ordinal))
        {
            if (FromUrl(text, endpoint) is not { } found)
            {
                return Malformed("is a URL of another host than https://huggingface.co or the configured endpoint; the source `url` fetches single files from anywhere");
            }

            (path, form) = (found, Form.Url);
        }
        else
        {
            path = text;
        }

        if (path.Contains('\\') || path.StartsWith('/') || path.Split('/').Any(segment => Uri.UnescapeDataString(segment) is "." or ".."))
        {
            return new PlatformError(ErrorCode.SecurityViolation, "The Hugging Face reference holds a backslash, a leading slash or a segment of dots. Write org/name.");
        }

        return Read(form == Form.Url ? path.TrimEnd('/') : path, form, reference.Revision);
    }

    private static Result<HubReference> Read(string path, Form form, string? explicitRevision)
    {
        var segments = path.Split('/').ToList();
        var isDataset = Take(segments, "datasets");
        if (!isDataset && segments[0] == "spaces")
        {
            return Malformed("names a Space; only models and data sets are fetched");
        }

        _ = !isDataset && segments.Count > 2 && Take(segments, "models");

        string? revision = null;
        List<string> file = [];
        var marker = form == Form.Url ? segments.FindIndex(segment => segment is "tree" or "blob" or "resolve" or "raw") : -1;
        var at = segments.FindIndex(segment => segment.Contains('@'));
        if (marker is 1 or 2)
        {
            if (segments.Count == marker + 1)
            {
                return Malformed($"ends after {segments[marker]}, where a revision belongs");
            }

            var length = RevisionLength(segments, marker + 1);
            revision = Uri.UnescapeDataString(string.Join('/', segments.Skip(marker + 1).Take(length)));
            file = segments.Skip(marker + 1 + length).Select(Uri.UnescapeDataString).ToList();
            if (segments[marker] == "tree" && file.Count > 0)
            {
                return Malformed("names a folder of a repository; name the repository, or one file with blob/");
            }

            segments = segments[..marker];
        }
        else if (form != Form.Url && at is 0 or 1)
        {
            var (name, start) = (segments[at].Split('@', 2)[0], segments[at].Split('@', 2)[1]);
            var rest = (List<string>)[start, .. segments.Skip(at + 1)];
            var length = RevisionLength(rest, 0);
            revision = Uri.UnescapeDataString(string.Join('/', rest.Take(length)));
            file = rest.Skip(length).ToList();
            segments = [.. segments.Take(at), name];
            if (form == Form.Bare && file.Count > 0)
            {
                return Malformed("goes on after the revision; write hf://org/name@revision/file for one file");
            }
        }
        else if (form == Form.Hf && segments.Count > 2)
        {
            (file, segments) = (segments[2..], segments[..2]);
        }

        if (segments.Count > 2 || !segments.All(IsName))
        {
            return Malformed("is not a repository id: one or two names of letters, digits, '-', '_' and '.' (at most 96 each, none with '--', '..', or '.git' at its end), for example org/name or gpt2");
        }

        if (revision is not null && explicitRevision is not null && revision != explicitRevision)
        {
            return Malformed("names one revision and the request another; give one of them");
        }

        revision ??= explicitRevision ?? "main";
        if (FindFaultOfRevision(revision) is { } fault)
        {
            return fault;
        }

        var filePath = file.Count == 0 ? null : string.Join('/', file);
        if (filePath is not null && ArtifactPath.FindFault(filePath) is { } reason)
        {
            return new PlatformError(ErrorCode.SecurityViolation, $"The Hugging Face reference names a file whose path is refused: {reason}.");
        }

        return new HubReference(isDataset, string.Join('/', segments), revision, filePath);
    }

    private static bool Take(List<string> segments, string prefix)
    {
        if (segments[0] != prefix || segments.Count < 2)
        {
            return false;
        }

        segments.RemoveAt(0);
        return true;
    }

    private enum Form
    {
        Bare,
        Hf,
        Url,
    }

    // refs/pr/7 and refs/convert/parquet take three segments, written plainly.
    private static int RevisionLength(List<string> segments, int start) => segments[start] == "refs" && segments.Count >= start + 3 ? 3 : 1;

    private static string? FromUrl(string text, Uri endpoint)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.UserInfo.Length > 0)
        {
            return null;
        }

        var prefix = endpoint.AbsolutePath.TrimEnd('/') + "/";
        // Uri folds dots away, so the path is read from what was written.
        var written = text[(text.IndexOf("://", StringComparison.Ordinal) + 3)..].Split('?', '#')[0];
        var slash = written.IndexOf('/');
        var path = slash < 0 ? string.Empty : written[slash..];
        if (uri.Authority.Equals(endpoint.Authority, StringComparison.OrdinalIgnoreCase) && uri.Scheme == endpoint.Scheme && path.StartsWith(prefix, StringComparison.Ordinal))
        {
            return path[prefix.Length..];
        }

        return uri.IdnHost.ToLowerInvariant() is "huggingface.co" or "www.huggingface.co" or "hf.co" && uri.IsDefaultPort ? path.TrimStart('/') : null;
    }

    private static bool IsName(string name) => Name().IsMatch(name) && !name.Contains("--", StringComparison.Ordinal) && !name.Contains("..", StringComparison.Ordinal)
        && !name.EndsWith(".git", StringComparison.Ordinal) && !name.EndsWith(".ipynb", StringComparison.Ordinal);

    private static PlatformError? FindFaultOfRevision(string revision)
    {
        if (revision.Split('/').Any(segment => segment is "." or "..") || revision.Contains('\\') || revision.StartsWith('/'))
        {
            return new PlatformError(ErrorCode.SecurityViolation, "The revision holds a backslash, a leading slash or a segment of dots. Give a branch, a tag or a commit.");
        }

        return RevisionName().IsMatch(revision) && !revision.Contains("..", StringComparison.Ordinal) && !revision.Contains("//", StringComparison.Ordinal)
            && !revision.EndsWith(".lock", StringComparison.Ordinal) && !revision.EndsWith('/') && !revision.EndsWith('.')
            ? null
            : new PlatformError(ErrorCode.InvalidRequest, "The revision is not a name git allows (letters, digits, '.', '_', '+', '-', '/'; at most 255). Give a branch, a tag or a commit.");
    }

    private static PlatformError Malformed(string what) => new(ErrorCode.InvalidRequest, $"The Hugging Face reference {what}.");

    [GeneratedRegex(@"\A[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?\z")]
    private static partial Regex Name();

    [GeneratedRegex(@"\A[A-Za-z0-9_+][A-Za-z0-9._+/=,!#%-]{0,254}\z")]
    private static partial Regex RevisionName();
}
