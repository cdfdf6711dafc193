namespace ModelPlatform.Sources;

/// <summary>A place models come from. All members are called concurrently.</summary>
/// <remarks>
/// Expected failures are results; an exception that leaves a member marks the plugin as malfunctioned.
/// The host verifies every byte itself: a source only has to say truthfully what it knows and to deliver what was asked.
/// </remarks>
public interface ISource : IAsyncDisposable
{
    /// <summary>Finds out what a reference holds, without downloading it, and pins its revision.</summary>
    ValueTask<Result<SourceInspection>> InspectAsync(SourceReference reference, CancellationToken cancellationToken);

    /// <summary>Opens one file of an earlier inspection, perhaps one made by another process, for reading from an offset.</summary>
    /// <param name="file">As <see cref="InspectAsync"/> gave it.</param>
    /// <param name="range">The bytes wanted. A source that cannot seek may answer from byte 0 and says so in <see cref="SourceContent.Offset"/>. Bytes that can't be joined to those of the inspected file, because it has moved or another range came: <see cref="ErrorCode.PreconditionFailed"/>.</param>
    /// <param name="cancellationToken">Cancels the opening; disposing the content cancels the reading.</param>
    ValueTask<Result<SourceContent>> OpenAsync(SourceFile file, SourceRange range, CancellationToken cancellationToken);

    /// <summary>Answers quickly whether the source can be used now.</summary>
    ValueTask<SourceHealth> CheckHealthAsync(CancellationToken cancellationToken);
}
