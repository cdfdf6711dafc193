using System.Globalization;
using System.Net;
using ModelPlatform.Plugins.HuggingFace.Hub;
using ModelPlatform.Plugins.HuggingFace.Variants;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.HuggingFace;

/// <summary>The Hugging Face Hub as a source: one listing call per inspection, everything pinned to a commit, digests known before the download.</summary>
internal sealed class HuggingFaceSource(SourceContext context, HuggingFaceOptions options) : ISource
{
    private readonly HubClient hub = new(context.Http, options);

    public async ValueTask<Result<SourceInspection>> InspectAsync(SourceReference reference, CancellationToken cancellationToken)
    {
        if (!HubReference.Parse(reference, options.Endpoint).TryGet(out var wanted, out var error)
            || !(await hub.GetRepositoryAsync(wanted, cancellationToken)).TryGet(out var repository, out error)
            || !(await hub.GetTreeAsync(wanted, repository.Sha!, cancellationToken)).TryGet(out var files, out error))
        {
            return error;
        }

        var facts = await HubFacts.ReadAsync(hub, repository, files, cancellationToken);
        var found = wanted.File is { } path ? VariantFinder.SingleFile(files, path)
            : wanted.IsDataset ? VariantFinder.WholeRepository(files)
            : VariantFinder.Find(files, facts.Weights, reference.Variant);
        if (found.Count == 0)
        {
            return new PlatformError(ErrorCode.ModelNotFound, $"{options.Origin} has no file '{wanted.File}' in revision '{wanted.Revision}' of {wanted.Id}.");
        }

        var chosen = reference.Variant is { } name ? found.FirstOrDefault(variant => variant.Variant.Answers(name)) ?? found[0] : found[0];
        return new SourceInspection([.. found.Select(variant => variant.Variant)], SuggestName(wanted.Id))
        {
            Framework = chosen.Framework,
            Revision = repository.Sha,
            IsGated = facts.IsGated,
            Metadata = facts.ToJson(),
        };
    }

    public async ValueTask<Result<SourceContent>> OpenAsync(SourceFile file, SourceRange range, CancellationToken cancellationToken)
    {
        if (HubLocator.Parse(file.Locator) is not { } reference)
        {
            return new PlatformError(ErrorCode.InvalidRequest, "The locator is not one this plugin made. Inspect the model again.");
        }

        if (range.Offset < 0 || range.Length < 0 || range.Offset > file.Size)
        {
            return new PlatformError(ErrorCode.RangeNotSatisfiable, $"The range lies outside {file.Path}.");
        }

        if (range.Length == 0 || range.Offset == file.Size)
        {
            return new SourceContent(Stream.Null, range.Offset) { Length = 0, TotalSize = file.Size, Sha256 = file.Sha256 };
        }

        // A signed address may have expired between the origin's redirect and its use: the origin gives a new one.
        for (var attempt = 1; ; attempt++)
        {
            var isWhole = range is { Offset: 0, Length: null };
            if (!(await hub.GetAsync(file.Locator, isWhole ? null : range, isBody: true, cancellationToken)).TryGet(out var answer, out var error))
            {
                return error;
            }

            var status = answer.Message.StatusCode;
            if (status is HttpStatusCode.OK or HttpStatusCode.PartialContent)
            {
                return await ToContentAsync(file, range, answer, cancellationToken);
            }

            using (answer)
            {
                var isElsewhere = answer.FinalUri.GetLeftPart(UriPartial.Authority) != options.Origin;
                if (isElsewhere && status == HttpStatusCode.Forbidden && attempt < 3)
                {
                    context.Log(SourceLogLevel.Debug, $"A signed address for {file.Path} of {reference.Id} was refused; asking {options.Origin} for a new one.");
                    continue;
                }

                return isElsewhere ? Elsewhere(file, reference, answer) : HubFailure.Explain(answer, reference, $"file {file.Path}", options);
            }
        }
    }

    public async ValueTask<SourceHealth> CheckHealthAsync(CancellationToken cancellationToken)
    {
        var result = await hub.GetAsync("/api/models?limit=1", null, isBody: false, cancellationToken);
        if (!result.TryGet(out var answer, out var error))
        {
            return new SourceHealth(false, error.Message);
        }

        using (answer)
        {
            // A Hub without a model list is still a Hub; one that fails, or wants nobody now, is not usable.
            var status = (int)answer.Message.StatusCode;
            return status is 429 or >= 500
                ? new SourceHealth(false, $"{options.Origin} answers {status}.")
                : new SourceHealth(true, $"{options.Endpoint.AbsoluteUri.TrimEnd('/')}, {(options.Token is null ? "anonymous" : "with a token")}");
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async ValueTask<Result<SourceContent>> ToContentAsync(SourceFile file, SourceRange range, SourceHttpResponse answer, CancellationToken cancellationToken)
    {
        if (FindMismatch(file, range, answer) is { } mismatch)
        {
            answer.Dispose();
            return mismatch;
        }

        var headers = answer.Message.Content.Headers;
        var isPartial = answer.Message.StatusCode == HttpStatusCode.PartialContent;
        return new SourceContent(await answer.Message.Content.ReadAsStreamAsync(cancellationToken), isPartial ? range.Offset : 0)
        {
            Length = headers.ContentLength,
            IsEndCertain = answer.Message.Headers.TransferEncodingChunked == true,
            TotalSize = isPartial ? headers.ContentRange!.Length ?? file.Size : headers.ContentLength ?? file.Size,
            Validator = answer.Message.Headers.NonValidated.TryGetValues("ETag", out var etag) ? etag.ToString() : null,
            Sha256 = LinkedEtag(answer) ?? file.Sha256,
            Owner = answer,
        };
    }

    private PlatformError? FindMismatch(SourceFile file, SourceRange range, SourceHttpResponse answer)
    {
        if (file.Sha256 is { } pinned && LinkedEtag(answer) is { } linked && linked != pinned)
        {
            return Fail($"announces SHA-256 {linked}, but {pinned} was pinned on inspection");
        }

        if (file.Size is { } size && Header(answer, "X-Linked-Size") is { } text
            && (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var linkedSize) || linkedSize != size))
        {
            return Fail($"announces another size than the {size} bytes listed on inspection");
        }

        var headers = answer.Message.Content.Headers;
        if (headers.ContentEncoding.Any(encoding => !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase)))
        {
            return Fail("comes compressed although that was not asked for");
        }

        if (answer.Message.StatusCode != HttpStatusCode.PartialContent)
        {
            return headers.ContentLength is { } whole && file.Size is { } expected && whole != expected ? Fail($"has {whole} bytes, but {expected} were listed on inspection") : null;
        }

        return headers.ContentRange is not { Unit: "bytes", From: { } from } contentRange || from != range.Offset
            ? Fail("comes with another range than was asked for") with { Code = ErrorCode.PreconditionFailed }
            : contentRange.Length is { } total && file.Size is { } listed && total != listed ? Fail($"has {total} bytes, but {listed} were listed on inspection")
            : null;

        PlatformError Fail(string what) => new(ErrorCode.IntegrityFailed,
            $"{file.Path} at {options.Origin}{(answer.Hops.Count > 0 ? $" (answered after {answer.Hops.Count} redirects)" : "")} {what}. Fetch the model again to pin what is there now.");
    }

    private PlatformError Elsewhere(SourceFile file, HubReference reference, SourceHttpResponse answer)
    {
        var status = (int)answer.Message.StatusCode;
        var hop = $"{options.Origin}, redirect {answer.Hops.Count}";
        return status switch
        {
            429 => new(ErrorCode.RateLimited, $"{hop}: the storage behind the Hub answers 429 for {file.Path}.") { RetryAfter = answer.RetryAfter },
            400 => new(ErrorCode.InvalidRequest, $"{hop}: the storage behind the Hub refuses {file.Path} of {reference.Id} (400). Very large files can be refused there."),
            416 => new(ErrorCode.RangeNotSatisfiable, $"{hop}: the range lies outside {file.Path} as the storage behind the Hub has it."),
            403 => new(ErrorCode.SourceServerError, $"{hop}: the storage behind the Hub refuses {file.Path} of {reference.Id} (403), each time at an address the Hub had just signed."),
            _ => new(ErrorCode.SourceServerError, $"{hop}: the storage behind the Hub answers {status} for {file.Path} of {reference.Id}.") { RetryAfter = answer.RetryAfter },
        };
    }

    // The Hub's own answer states the digest; the storage it redirects to knows another ETag.
    private static string? LinkedEtag(SourceHttpResponse answer)
    {
        var etag = Header(answer, "X-Linked-Etag");
        etag = etag?.StartsWith("W/", StringComparison.Ordinal) == true ? etag[2..].Trim('"') : etag?.Trim('"');
        return etag?.Length == 64 && etag.All(char.IsAsciiHexDigitLower) ? etag : null;
    }

    private static string? Header(SourceHttpResponse answer, string name)
    {
        foreach (var hop in answer.Hops)
        {
            if (hop.Headers.TryGetValue(name, out var value))
            {
                return value;
            }
        }

        return answer.Message.Headers.NonValidated.TryGetValues(name, out var values) ? values.ToString() : null;
    }

    private static string SuggestName(string id) => id[(id.IndexOf('/') + 1)..];
}
