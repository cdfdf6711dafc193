namespace ModelPlatform.Sources;

/// <summary>An HTTP answer, and the hop that gave it.</summary>
/// <param name="Message">The last answer; its content is read by the caller.</param>
/// <param name="Hops">The answers that redirected here, first one first, without their bodies: a first hop may carry headers (<c>X-Linked-Etag</c>) the last one lacks.</param>
public sealed record SourceHttpResponse(HttpResponseMessage Message, IReadOnlyList<SourceHttpHop> Hops) : IDisposable
{
    /// <summary>Where the last answer came from.</summary>
    public Uri FinalUri => Message.RequestMessage!.RequestUri!;

    /// <summary>How long the host asks to be left alone, where this is a refusal (429, 503): already kept for all processes.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <inheritdoc/>
    public void Dispose() => Message.Dispose();
}
