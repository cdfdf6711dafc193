namespace ModelPlatform.Sources;

/// <summary>An expected failure: its code, and a sentence for the person who has to act on it.</summary>
/// <param name="Code">What kind of failure.</param>
/// <param name="Message">Which hop failed, on what, and what to do about it. Never holds a token or anything the target sent.</param>
public sealed record PlatformError(ErrorCode Code, string Message)
{
    /// <summary>How long the other side asks to wait before the next try.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Whether the same request may succeed later.</summary>
    public bool IsRetryable => Code.IsRetryable();
}
