using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.Http;

/// <summary>What the headers of an answer, whole or partial, say of the file.</summary>
internal static class RangedAnswer
{
    /// <summary>Length of the whole file; null where the server does not say.</summary>
    public static long? TotalSize(SourceHttpResponse answer) => (int)answer.Message.StatusCode switch
    {
        206 or 416 => answer.Message.Content.Headers.ContentRange?.Length,
        _ => answer.Message.Content.Headers.ContentLength,
    };

    /// <summary>The ETag, or where there is none the date of the last change.</summary>
    public static string? Validator(SourceHttpResponse answer) =>
        answer.Message.Headers.NonValidated.TryGetValues("ETag", out var etag) && etag.ToString() is { Length: > 0 } tag ? tag
        : answer.Message.Content.Headers.NonValidated.TryGetValues("Last-Modified", out var date) ? date.ToString()
        : null;

    /// <summary>Why the body can't be taken for the file's bytes from <paramref name="offset"/> on; null where it can.</summary>
    public static PlatformError? FindFault(SourceHttpResponse answer, long offset)
    {
        var headers = answer.Message.Content.Headers;
        if (headers.ContentEncoding.Any(encoding => !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase)))
        {
            return new PlatformError(ErrorCode.IntegrityFailed, "sends the file compressed although that was not asked for");
        }

        return (int)answer.Message.StatusCode == 206 && (headers.ContentRange is not { Unit: "bytes", From: { } from } || from != offset)
            ? new PlatformError(ErrorCode.PreconditionFailed, "sends another range than was asked for")
            : null;
    }
}
