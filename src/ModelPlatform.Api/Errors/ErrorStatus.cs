using ModelPlatform.Sources;

namespace ModelPlatform.Api.Errors;

/// <summary>The one table of HTTP statuses.</summary>
internal static class ErrorStatus
{
    /// <summary>The status a code is answered with.</summary>
    public static int HttpStatus(this ErrorCode code) => code switch
    {
        ErrorCode.InvalidRequest or ErrorCode.InvalidSource or ErrorCode.SecurityViolation => StatusCodes.Status400BadRequest,
        ErrorCode.Unauthorized => StatusCodes.Status401Unauthorized,
        ErrorCode.Forbidden or ErrorCode.AccessDenied => StatusCodes.Status403Forbidden,
        ErrorCode.NotFound or ErrorCode.ModelNotFound or ErrorCode.JobNotFound => StatusCodes.Status404NotFound,
        ErrorCode.MethodNotAllowed => StatusCodes.Status405MethodNotAllowed,
        ErrorCode.ModelNameConflict or ErrorCode.InvalidState => StatusCodes.Status409Conflict,
        ErrorCode.PreconditionFailed => StatusCodes.Status412PreconditionFailed,
        ErrorCode.FileTooLarge => StatusCodes.Status413PayloadTooLarge,
        ErrorCode.UnsupportedMediaType => StatusCodes.Status415UnsupportedMediaType,
        ErrorCode.RangeNotSatisfiable => StatusCodes.Status416RangeNotSatisfiable,
        ErrorCode.UnsupportedFramework or ErrorCode.IntegrityFailed => StatusCodes.Status422UnprocessableEntity,
        ErrorCode.RateLimited => StatusCodes.Status429TooManyRequests,
        ErrorCode.ConnectionFailed or ErrorCode.DownloadIncomplete or ErrorCode.SourceServerError => StatusCodes.Status502BadGateway,
        ErrorCode.StorageFailed => StatusCodes.Status503ServiceUnavailable,
        ErrorCode.NetworkTimeout => StatusCodes.Status504GatewayTimeout,
        ErrorCode.DiskFull => StatusCodes.Status507InsufficientStorage,
        _ => StatusCodes.Status500InternalServerError,
    };

    /// <summary>The error a bare status stands for, where a framework and not the platform answered.</summary>
    public static PlatformError ForStatus(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => new(ErrorCode.Unauthorized, "Unauthorized: MODEL_FETCH_TOKEN required"),
        StatusCodes.Status403Forbidden => new(ErrorCode.Forbidden, "Forbidden."),
        StatusCodes.Status404NotFound => new(ErrorCode.NotFound, "There is no such route or resource."),
        StatusCodes.Status405MethodNotAllowed => new(ErrorCode.MethodNotAllowed, "The resource does not take this method; the Allow header lists those it takes."),
        StatusCodes.Status412PreconditionFailed => new(ErrorCode.PreconditionFailed, "A precondition of the request did not hold."),
        StatusCodes.Status413PayloadTooLarge => new(ErrorCode.InvalidRequest, "The body is larger than the limit."),
        StatusCodes.Status415UnsupportedMediaType => new(ErrorCode.UnsupportedMediaType, "The resource does not take a body of this type."),
        StatusCodes.Status416RangeNotSatisfiable => new(ErrorCode.RangeNotSatisfiable, "The range lies outside the file."),
        StatusCodes.Status429TooManyRequests => new(ErrorCode.RateLimited, "Too many requests."),
        StatusCodes.Status503ServiceUnavailable => new(ErrorCode.StorageFailed, "A store this needs does not answer."),
        >= 400 and < 500 => new(ErrorCode.InvalidRequest, "The request is malformed."),
        _ => new(ErrorCode.InternalError, "An internal error occurred."),
    };
}
