using Microsoft.Net.Http.Headers;

namespace ModelPlatform.Api.Serving;

/// <summary>What the conditional headers of a request come to.</summary>
internal enum PreconditionState
{
    /// <summary>Go on.</summary>
    Hold,

    /// <summary>The caller has it already: 304.</summary>
    NotModified,

    /// <summary>It is not what the caller believes: 412.</summary>
    Failed,
}

/// <summary>Conditional requests of RFC 9110, 13.2.2, for anything with a strong ETag: files, chunks, manifests.</summary>
internal static class Preconditions
{
    /// <summary>Evaluates If-Match, If-Unmodified-Since, If-None-Match and If-Modified-Since, in that order.</summary>
    /// <param name="request">A GET or HEAD.</param>
    /// <param name="etag">Strong validator of what would be sent, with its quotes.</param>
    /// <param name="lastModified">When it last changed, where that is known.</param>
    public static PreconditionState Evaluate(HttpRequest request, EntityTagHeaderValue etag, DateTimeOffset? lastModified = null)
    {
        var headers = request.GetTypedHeaders();
        var modified = lastModified is { } time ? WholeSeconds(time) : (DateTimeOffset?)null;

        if (request.Headers.IfMatch.Count > 0)
        {
            if (!headers.IfMatch.Any(tag => tag.Equals(EntityTagHeaderValue.Any) || tag.Compare(etag, useStrongComparison: true)))
            {
                return PreconditionState.Failed;
            }
        }
        else if (headers.IfUnmodifiedSince is { } unmodifiedSince && modified > unmodifiedSince)
        {
            return PreconditionState.Failed;
        }

        if (request.Headers.IfNoneMatch.Count > 0)
        {
            return headers.IfNoneMatch.Any(tag => tag.Equals(EntityTagHeaderValue.Any) || tag.Compare(etag, useStrongComparison: false))
                ? PreconditionState.NotModified
                : PreconditionState.Hold;
        }

        return headers.IfModifiedSince is { } modifiedSince && modified <= modifiedSince ? PreconditionState.NotModified : PreconditionState.Hold;
    }

    /// <summary>Whether If-Range, where it is sent, names exactly what would be sent; otherwise Range does not count.</summary>
    public static bool RangeApplies(HttpRequest request, EntityTagHeaderValue etag, DateTimeOffset? lastModified)
    {
        if (request.Headers.IfRange.Count == 0)
        {
            return true;
        }

        // A malformed If-Range names nothing.
        return request.GetTypedHeaders().IfRange is { } condition &&
            (condition.EntityTag?.Compare(etag, useStrongComparison: true) ?? (lastModified is { } time && condition.LastModified == WholeSeconds(time)));
    }

    public static DateTimeOffset WholeSeconds(DateTimeOffset time) => new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
}
