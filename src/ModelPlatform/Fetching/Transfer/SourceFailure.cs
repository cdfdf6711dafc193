using ModelPlatform.Sources;

namespace ModelPlatform.Fetching.Transfer;

/// <summary>What a source did, and what can be done about it.</summary>
internal sealed class SourceFailure(PlatformError error, SourceFailureKind kind, Exception? innerException = null) : Exception(error.Message, innerException)
{
    public PlatformError Error { get; } = error;

    public SourceFailureKind Kind { get; } = kind;

    public static SourceFailure Of(PlatformError error) =>
        error.Code is ErrorCode.PreconditionFailed
            ? new(error with { Code = ErrorCode.IntegrityFailed }, SourceFailureKind.Moved)
            : new(error, error.IsRetryable ? SourceFailureKind.Transient : SourceFailureKind.Permanent);
}

/// <summary>What can be done about a source's failure.</summary>
internal enum SourceFailureKind
{
    /// <summary>Ask again.</summary>
    Transient,

    /// <summary>Ask another source.</summary>
    Permanent,

    /// <summary>The file may be another one now: its validator says so. What was taken before is worth nothing without a digest.</summary>
    Moved,

    /// <summary>The file is another one now: its size or digest says so.</summary>
    Replaced,

    /// <summary>Nothing shows that a second answer would be of the same file: begin again.</summary>
    Restart,

    /// <summary>The source can't give ranges: read it from the start.</summary>
    NoRanges,
}
