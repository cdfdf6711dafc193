namespace ModelPlatform.Manifests;

/// <summary>Small named records with conditional writes: manifests, model cards, documents. Same drivers and media as the chunk stores.</summary>
/// <remarks>Paths are relative, with forward slashes, made by the platform, never by a caller. Failures throw <see cref="Sources.PlatformException"/> with StorageFailed or DiskFull.</remarks>
public interface IRecordStore
{
    /// <summary>Reads a record; null where it is absent.</summary>
    ValueTask<StoredRecord?> ReadAsync(string path, CancellationToken cancellationToken);

    /// <summary>Writes a record, durably, if the condition holds.</summary>
    /// <returns>The new ETag, or null where the condition did not hold: then nothing was written.</returns>
    ValueTask<string?> WriteAsync(string path, ReadOnlyMemory<byte> content, RecordCondition condition, CancellationToken cancellationToken);

    /// <summary>Deletes a record if the condition holds.</summary>
    /// <returns>False where it was absent or had changed.</returns>
    ValueTask<bool> DeleteAsync(string path, RecordCondition condition, CancellationToken cancellationToken);

    /// <summary>Paths below a prefix, in ordinal order.</summary>
    IAsyncEnumerable<string> ListAsync(string prefix, CancellationToken cancellationToken);
}
