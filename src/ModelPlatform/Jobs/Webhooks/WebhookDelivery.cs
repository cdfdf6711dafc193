using System.Text.Json.Serialization;
using ModelPlatform.Events;

namespace ModelPlatform.Jobs.Webhooks;

/// <summary>A message to somebody who asked to be told of a job's end, and how its delivery went.</summary>
public sealed record WebhookDelivery
{
    /// <summary>The <c>webhook-id</c>: the same in every try, so that a receiver can tell a repetition.</summary>
    public required string Id { get; init; }

    /// <summary><c>model.fetch.completed</c> or <c>model.fetch.failed</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The job.</summary>
    public required string JobId { get; init; }

    /// <summary>Where it goes: scheme, host and path. A query may hold a secret and is not shown.</summary>
    public required string Target { get; init; }

    /// <summary>pending, delivered or failed.</summary>
    public string Status { get; init; } = Pending;

    /// <summary>When the job ended, UTC.</summary>
    [JsonConverter(typeof(UtcTimeJsonConverter))]
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Every try, oldest first.</summary>
    public IReadOnlyList<WebhookAttempt> Attempts { get; init; } = [];

    internal const string Pending = "pending";
    internal const string Delivered = "delivered";
    internal const string Failed = "failed";
}

/// <summary>One try.</summary>
/// <param name="At">When, UTC.</param>
/// <param name="StatusCode">What the receiver answered; null where there was no answer.</param>
/// <param name="Error">Why it did not count; null where it did.</param>
/// <param name="Milliseconds">How long it took.</param>
public sealed record WebhookAttempt([property: JsonConverter(typeof(UtcTimeJsonConverter))] DateTimeOffset At, int? StatusCode, string? Error, long Milliseconds);
