namespace ModelPlatform.Client.Connection;

/// <summary>The words of <see cref="ApiProblem.Code"/>, and what helps against each.</summary>
public static class ProblemCode
{
    /// <summary>A field is missing or malformed.</summary>
    public const string InvalidRequest = "INVALID_REQUEST";

    /// <summary>No active plugin provides the source.</summary>
    public const string InvalidSource = "INVALID_SOURCE";

    /// <summary>A path or address the platform refuses.</summary>
    public const string SecurityViolation = "SECURITY_VIOLATION";

    /// <summary>The token is missing or wrong.</summary>
    public const string Unauthorized = "UNAUTHORIZED";

    /// <summary>Policy or role forbids it.</summary>
    public const string Forbidden = "FORBIDDEN";

    /// <summary>The source refuses access.</summary>
    public const string AccessDenied = "ACCESS_DENIED";

    /// <summary>No such route or resource.</summary>
    public const string NotFound = "NOT_FOUND";

    /// <summary>No such model, here or at the source.</summary>
    public const string ModelNotFound = "MODEL_NOT_FOUND";

    /// <summary>No such job.</summary>
    public const string JobNotFound = "JOB_NOT_FOUND";

    /// <summary>The name is taken by another source or content.</summary>
    public const string ModelNameConflict = "MODEL_NAME_CONFLICT";

    /// <summary>The state forbids the action.</summary>
    public const string InvalidState = "INVALID_STATE";

    /// <summary>The resource does not take this method.</summary>
    public const string MethodNotAllowed = "METHOD_NOT_ALLOWED";

    /// <summary>The range lies outside the file.</summary>
    public const string RangeNotSatisfiable = "RANGE_NOT_SATISFIABLE";

    /// <summary>Over the size limit.</summary>
    public const string FileTooLarge = "FILE_TOO_LARGE";

    /// <summary>The framework was not detected, or is not known.</summary>
    public const string UnsupportedFramework = "UNSUPPORTED_FRAMEWORK";

    /// <summary>A hash, length or signature does not match.</summary>
    public const string IntegrityFailed = "INTEGRITY_FAILED";

    /// <summary>The other side asks to wait.</summary>
    public const string RateLimited = "RATE_LIMITED";

    /// <summary>A bug in the platform.</summary>
    public const string InternalError = "INTERNAL_ERROR";

    /// <summary>No connection to the source, or one that broke.</summary>
    public const string ConnectionFailed = "CONNECTION_FAILED";

    /// <summary>The body ended early.</summary>
    public const string DownloadIncomplete = "DOWNLOAD_INCOMPLETE";

    /// <summary>The source answers 5xx.</summary>
    public const string SourceServerError = "SOURCE_SERVER_ERROR";

    /// <summary>The chunk store or Redis does not answer.</summary>
    public const string StorageFailed = "STORAGE_FAILED";

    /// <summary>No progress within the time allowed.</summary>
    public const string NetworkTimeout = "NETWORK_TIMEOUT";

    /// <summary>No space left.</summary>
    public const string DiskFull = "DISK_FULL";

    /// <summary>The client's own: the platform did not answer at all.</summary>
    public const string Unreachable = "UNREACHABLE";

    /// <summary>The client's own: what answered is not a ModelPlatform, or a newer one.</summary>
    public const string UnexpectedAnswer = "UNEXPECTED_ANSWER";

    /// <summary>The loader's own: the model needs more memory than this machine has left.</summary>
    public const string InsufficientMemory = "INSUFFICIENT_MEMORY";

    /// <summary>What to do about a failure, in one sentence; null for codes whose message says it all.</summary>
    public static string? RemedyOf(string? code) => code switch
    {
        InvalidSource => "Choose one of the sources listed, or add the plugin that provides it.",
        SecurityViolation => "Use a path below the source's root, or let the operator allow the origin (Fetch:AllowedOrigins).",
        Unauthorized => "Give the token that the platform was started with (MODEL_FETCH_TOKEN).",
        Forbidden => "Ask the operator for the role this needs.",
        AccessDenied => "The source refuses access: accept the model's terms there, or set the operator's credential for it (HF_TOKEN).",
        ModelNotFound => "Check the spelling of the reference, and that the source still has it.",
        JobNotFound => "The job is gone; list the jobs for those that remain.",
        ModelNameConflict => "Choose another name or version, or delete the model that has it.",
        FileTooLarge => "Let the operator raise MODEL_FETCH_MAX_FILE_SIZE, or choose a smaller variant.",
        UnsupportedFramework => "Name the framework explicitly; `other` takes any files.",
        IntegrityFailed => "Every source delivered other bytes than were promised. Inspect again; if it stays, tell the publisher.",
        RateLimited => "The source asks to wait; the job goes on by itself.",
        InternalError => "This is a bug: report it with the trace id.",
        ConnectionFailed => "Check that the source is reachable from the platform, then retry.",
        DownloadIncomplete => "The source broke off; a retry resumes from the last verified chunk.",
        SourceServerError => "The source has trouble of its own; retry later.",
        StorageFailed => "Check that the chunk store and Redis are up, then retry.",
        NetworkTimeout => "The source stopped sending; a retry resumes from the last verified chunk.",
        DiskFull => "Free space (delete models, then collect garbage) or raise the limit, then retry.",
        Unreachable => "Check that the platform runs and that the address is right.",
        InsufficientMemory => "Choose a smaller model or variant, or free memory.",
        UnexpectedAnswer => "Check that the address is that of a ModelPlatform API.",
        _ => null,
    };
}
