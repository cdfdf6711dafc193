using ModelPlatform.Integrity;
using ModelPlatform.Sources;

namespace ModelPlatform.Fetching;

/// <summary>The sentences of failures that several parts of the engine report.</summary>
internal static class FetchErrors
{
    public static PlatformError TooLarge(string path, long? size, long limit) => new(
        ErrorCode.FileTooLarge,
        $"'{path}' {(size is null ? "is larger than" : $"has {size} bytes, more than")} the {limit} allowed by {FetchOptions.MaxFileSizeSetting}.");

    public static PlatformError WrongChunk(string path, int index, string source, Sha256Digest expected, Sha256Digest actual) =>
        new(ErrorCode.IntegrityFailed, $"Chunk {index} of '{path}' from the source '{source}' does not match: expected {expected}, actual {actual}.");

    public static PlatformError WrongFile(string path, string source, string expected, string actual) =>
        new(ErrorCode.IntegrityFailed, $"'{path}' from the source '{source}' does not match its digest: expected {expected}, actual {actual}. Nothing of it was kept.");

    public static PlatformError WrongSize(string path, string source, long expected, long actual) =>
        new(ErrorCode.IntegrityFailed, $"'{path}' from the source '{source}' has {actual} bytes instead of {expected}.");

    /// <summary>Why a broken transfer was not gone on with.</summary>
    public static PlatformError Unjoined(PlatformError error, string path) => error with
    {
        Message = $"{error.Message} The source states no digest, ETag or date of '{path}' that stays the same, so nothing shows that what follows a break belongs to what came before it: each time it was begun anew.",
    };

    /// <summary>One error for many: retryable if one of them is, so that the job tries again.</summary>
    public static PlatformError All(IReadOnlyList<PlatformError> errors)
    {
        if (errors.Count == 1)
        {
            return errors[0];
        }

        var leading = errors.FirstOrDefault(error => error.IsRetryable) ?? errors[0];
        return leading with { Message = $"All download sources failed. {string.Join(" ", errors.Select(error => error.Message).Distinct(StringComparer.Ordinal))}" };
    }
}
