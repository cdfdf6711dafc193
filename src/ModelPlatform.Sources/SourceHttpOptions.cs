namespace ModelPlatform.Sources;

/// <summary>What is special about one outgoing request.</summary>
public sealed record SourceHttpOptions
{
    /// <summary>Nothing is special: a caller-supplied URL under the full rule.</summary>
    public static SourceHttpOptions Default { get; } = new();

    /// <summary>Origins the operator configured, for example <c>http://127.0.0.1:8080</c>: exact scheme, host and port, may be private addresses. Covers no redirect to elsewhere.</summary>
    public IReadOnlyCollection<Uri> TrustedOrigins { get; init; } = [];

    /// <summary>Whether redirects are followed; otherwise the 3xx is the answer.</summary>
    public bool FollowRedirects { get; init; } = true;

    /// <summary>Whether error statuses are answers rather than failures, for sources whose error headers say more.</summary>
    public bool AcceptAnyStatus { get; init; }

    /// <summary>For small bodies only: the whole exchange, body included, must end within this time. Null: only progress counts.</summary>
    public TimeSpan? OverallTimeout { get; init; }
}
