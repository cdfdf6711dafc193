using System.Text.Json.Serialization;

namespace ModelPlatform.Client.Connection;

/// <summary>An expected failure, as the platform states it, or as the client saw it where no answer came.</summary>
public sealed record ApiProblem
{
    /// <summary>What went wrong, for the person who has to act on it.</summary>
    public required string Error { get; init; }

    /// <summary>One of <see cref="ProblemCode"/>, or a newer one this client does not know.</summary>
    public required string Code { get; init; }

    /// <summary>Whether the same request may succeed later.</summary>
    public bool Retryable { get; init; }

    /// <summary>Faults by field, where the request was malformed.</summary>
    public IReadOnlyDictionary<string, string[]>? Errors { get; init; }

    /// <summary>Seconds to wait before the next try, where the platform says.</summary>
    public double? RetryAfterSeconds { get; init; }

    /// <summary>HTTP status; null where no answer came.</summary>
    public int? Status { get; init; }

    /// <summary>Names the request in the platform's log.</summary>
    public string? TraceId { get; init; }

    /// <summary>Whether this platform does not have the resource at all, rather than not the item asked for.</summary>
    [JsonIgnore]
    public bool IsNotOffered => Status is 404 or 405 or 501 && Code is ProblemCode.NotFound or ProblemCode.MethodNotAllowed;

    /// <summary>What to do about it, in one sentence; null where the message says it all.</summary>
    [JsonIgnore]
    public string? Remedy => ProblemCode.RemedyOf(Code);
}
