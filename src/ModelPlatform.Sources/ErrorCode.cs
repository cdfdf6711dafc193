namespace ModelPlatform.Sources;

/// <summary>Why an operation did not give what was asked. One vocabulary for plugins, jobs, HTTP answers and the command line.</summary>
/// <remarks>The name on the wire and whether a retry can help are properties of the code: see <see cref="ErrorCodes"/>.</remarks>
public enum ErrorCode
{
    /// <summary>A bug in the platform or in a plugin.</summary>
    InternalError = 0,

    /// <summary>A field is missing or malformed.</summary>
    InvalidRequest,

    /// <summary>No active plugin provides the named source.</summary>
    InvalidSource,

    /// <summary>Traversal, an absolute path, a symbolic link, a forbidden scheme or address.</summary>
    SecurityViolation,

    /// <summary>The caller's token is missing or wrong.</summary>
    Unauthorized,

    /// <summary>Policy or role here forbids it.</summary>
    Forbidden,

    /// <summary>The source itself answers 401 or 403.</summary>
    AccessDenied,

    /// <summary>No such route or resource.</summary>
    NotFound,

    /// <summary>No such model, here or at the source.</summary>
    ModelNotFound,

    /// <summary>No such job.</summary>
    JobNotFound,

    /// <summary>The same name with another source or content.</summary>
    ModelNameConflict,

    /// <summary>The present state forbids the action.</summary>
    InvalidState,

    /// <summary>The resource does not take this method.</summary>
    MethodNotAllowed,

    /// <summary>The body is of a type the resource does not take.</summary>
    UnsupportedMediaType,

    /// <summary>The range lies outside the file.</summary>
    RangeNotSatisfiable,

    /// <summary>If-Match did not hold.</summary>
    PreconditionFailed,

    /// <summary>Over the size limit.</summary>
    FileTooLarge,

    /// <summary>The framework was not detected, or is not one of the known.</summary>
    UnsupportedFramework,

    /// <summary>A hash, a length or a signature does not match.</summary>
    IntegrityFailed,

    /// <summary>The source, or this platform, asks to wait.</summary>
    RateLimited,

    /// <summary>No connection, or one that broke.</summary>
    ConnectionFailed,

    /// <summary>The body ended before its declared length.</summary>
    DownloadIncomplete,

    /// <summary>The source answers 5xx.</summary>
    SourceServerError,

    /// <summary>The chunk store or Redis does not answer.</summary>
    StorageFailed,

    /// <summary>No progress within the time allowed.</summary>
    NetworkTimeout,

    /// <summary>No space, or the byte limit is reached with nothing to evict.</summary>
    DiskFull,
}
