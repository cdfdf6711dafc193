using System.Text.Json.Nodes;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.Http;

/// <summary>One file behind an address a caller supplied: whatever the host's rule lets through.</summary>
internal sealed class HttpFileSource(SourceContext context) : ISource
{
    /// <summary>Asked for on inspection: enough to tell a model from a web page.</summary>
    private const int FirstBytes = 1024;

    public async ValueTask<Result<SourceInspection>> InspectAsync(SourceReference reference, CancellationToken cancellationToken)
    {
        if (!ParseUrl(reference.Reference).TryGet(out var url, out var error))
        {
            return error;
        }

        // Not HEAD: signed addresses and simple servers refuse it, and it does not prove that ranges work.
        if (!(await GetAsync(url, new SourceRange(0, FirstBytes), null, cancellationToken)).TryGet(out var answer, out error))
        {
            return error;
        }

        using (answer)
        {
            var name = FileName.Of(answer, url);
            if (await WebPage.DescribeAsync(answer, name, cancellationToken) is { } page)
            {
                return new PlatformError(ErrorCode.ModelNotFound, $"{Shown(url)} answers with {page} where a model file is expected. Give the address that downloads the file itself.");
            }

            if (RangedAnswer.FindFault(answer, 0) is { } fault)
            {
                return fault with { Code = ErrorCode.IntegrityFailed, Message = $"{Shown(url)} {fault.Message}." };
            }

            var file = new SourceFile(name, url.AbsoluteUri)
            {
                Size = RangedAnswer.TotalSize(answer),
                Sha256 = DigestHeaders.Sha256Of(answer) ?? await ChecksumFiles.FindAsync(context.Http, url, name, cancellationToken),
                Validator = RangedAnswer.Validator(answer),
                AcceptsRanges = (int)answer.Message.StatusCode == 206 ? true : (int)answer.Message.StatusCode == 200 ? false : null,
            };
            return new SourceInspection([new SourceVariant("default", [file], "unknown")], Path.GetFileNameWithoutExtension(name))
            {
                Framework = Frameworks.Detect([name]),
                Metadata = new JsonObject { ["description"] = $"Model imported from {Shown(url)}", ["tags"] = new JsonArray("url", "imported") },
            };
        }
    }

    public async ValueTask<Result<SourceContent>> OpenAsync(SourceFile file, SourceRange range, CancellationToken cancellationToken)
    {
        if (!ParseUrl(file.Locator).TryGet(out var url, out var error))
        {
            return error;
        }

        if (range.Offset < 0 || range.Length < 0 || range.Offset > file.Size)
        {
            return new PlatformError(ErrorCode.RangeNotSatisfiable, $"The range lies outside {file.Path}.");
        }

        if (range.Length == 0 || range.Offset == file.Size)
        {
            return new SourceContent(Stream.Null, range.Offset) { Length = 0, TotalSize = file.Size, Sha256 = file.Sha256, Validator = file.Validator };
        }

        if (!(await GetAsync(url, range is { Offset: 0, Length: null } ? null : range, file.Validator, cancellationToken)).TryGet(out var answer, out error))
        {
            return error;
        }

        if (FindFault(file, range, answer) is { } fault)
        {
            answer.Dispose();
            return fault with { Message = $"{Shown(url)} {fault.Message}. Fetch it again to pin what is there now." };
        }

        var isPartial = (int)answer.Message.StatusCode == 206;
        return new SourceContent(await answer.Message.Content.ReadAsStreamAsync(cancellationToken), isPartial ? range.Offset : 0)
        {
            Length = answer.Message.Content.Headers.ContentLength,
            IsEndCertain = answer.Message.Headers.TransferEncodingChunked == true,
            TotalSize = RangedAnswer.TotalSize(answer) ?? file.Size,
            Validator = RangedAnswer.Validator(answer),
            Sha256 = DigestHeaders.Sha256Of(answer),
            Owner = answer,
        };
    }

    /// <summary>Why the answer is of no use. A whole file under another ETag is: the host decides whether it may take it.</summary>
    private static PlatformError? FindFault(SourceFile file, SourceRange range, SourceHttpResponse answer)
    {
        if ((int)answer.Message.StatusCode == 416)
        {
            // Whoever does not know where the file ends may ask for what follows its last byte.
            return file.Size is null && (RangedAnswer.TotalSize(answer) ?? range.Offset) == range.Offset
                ? new PlatformError(ErrorCode.RangeNotSatisfiable, $"ends before byte {range.Offset}")
                : new PlatformError(ErrorCode.PreconditionFailed, $"has no byte {range.Offset}: it has become shorter");
        }

        if (WebPage.IsHtml(answer, file.Path))
        {
            return new PlatformError(ErrorCode.IntegrityFailed, "answers with a web page where the file was: a login, or a notice");
        }

        if (DigestHeaders.Sha256Of(answer) is { } stated && file.Sha256 is { } expected && stated != expected)
        {
            return new PlatformError(ErrorCode.IntegrityFailed, $"states SHA-256 {stated}, but {expected} was pinned on inspection");
        }

        if (RangedAnswer.FindFault(answer, range.Offset) is { } fault)
        {
            return fault;
        }

        return (int)answer.Message.StatusCode == 206 && file.Validator is { } pinned && RangedAnswer.Validator(answer) is { } validator && validator != pinned
            ? new PlatformError(ErrorCode.PreconditionFailed, "has changed since it was inspected (its ETag or date is another)")
            : null;
    }

    public ValueTask<SourceHealth> CheckHealthAsync(CancellationToken cancellationToken) => new(new SourceHealth(true));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async ValueTask<Result<SourceHttpResponse>> GetAsync(Uri url, SourceRange? range, string? validator, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        if (range is { } wanted)
        {
            request.Headers.TryAddWithoutValidation("Range", wanted.Length is { } length ? $"bytes={wanted.Offset}-{wanted.Offset + length - 1}" : $"bytes={wanted.Offset}-");

            // Only a strong validator may stand here; a weak one is compared on the answer alone.
            if (validator is not null && !validator.StartsWith("W/", StringComparison.Ordinal))
            {
                request.Headers.TryAddWithoutValidation("If-Range", validator);
            }
        }

        return await context.Http.SendAsync(request, SourceHttpOptions.Default, cancellationToken);
    }

    private static Result<Uri> ParseUrl(string text) =>
        !Uri.TryCreate(text, UriKind.Absolute, out var url)
            ? new PlatformError(ErrorCode.InvalidRequest, "The reference is not a URL. Give one that begins with https:// or http://.")
            : url.Scheme is not ("http" or "https")
                ? new PlatformError(ErrorCode.SecurityViolation, "Only http and https addresses are fetched. A file on this machine is read with the source filesystem.")
                : url.Fragment.Length > 0 ? new UriBuilder(url) { Fragment = "" }.Uri : url;

    // A query may hold a signature.
    private static string Shown(Uri url) => url.GetLeftPart(UriPartial.Path);
}
