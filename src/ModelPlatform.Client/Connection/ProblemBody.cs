namespace ModelPlatform.Client.Connection;

/// <summary>RFC 9457 with the platform's extension members.</summary>
internal sealed record ProblemBody
{
    public string? Error { get; init; }

    public string? Code { get; init; }

    public bool? Retryable { get; init; }

    public string? Title { get; init; }

    public string? Detail { get; init; }

    public Dictionary<string, string[]>? Errors { get; init; }

    public double? RetryAfterSeconds { get; init; }

    public string? TraceId { get; init; }
}
