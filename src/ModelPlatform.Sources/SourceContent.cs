namespace ModelPlatform.Sources;

/// <summary>An opened file. Disposing it ends the transfer.</summary>
/// <param name="body">The bytes, from <paramref name="offset"/> on. Reading throws <see cref="PlatformException"/> or <see cref="IOException"/> when the transfer breaks.</param>
/// <param name="offset">Position of the first byte of <paramref name="body"/> in the file. Differs from the one asked for only where the source can't seek, or the file has moved: then it is 0.</param>
public sealed class SourceContent(Stream body, long offset) : IAsyncDisposable
{
    /// <summary>The bytes.</summary>
    public Stream Body { get; } = body;

    /// <summary>Position of the first byte in the file.</summary>
    public long Offset { get; } = offset;

    /// <summary>How many bytes the source announced for <see cref="Body"/>; null where it did not.</summary>
    public long? Length { get; init; }

    /// <summary>Whether the end of <see cref="Body"/> proves the end of the file although no length was announced: chunked transfer coding does, a closed connection does not.</summary>
    public bool IsEndCertain { get; init; }

    /// <summary>Length of the whole file in bytes, where the answer tells it.</summary>
    public long? TotalSize { get; init; }

    /// <summary>The validator (<c>ETag</c>) of what is being sent.</summary>
    public string? Validator { get; init; }

    /// <summary>SHA-256 of the whole file, lower-case hex, where the answer states one (<c>Repr-Digest</c>, <c>X-Linked-Etag</c>).</summary>
    public string? Sha256 { get; init; }

    /// <summary>Who gives the bytes, where a source draws on several: it is noted beside each chunk.</summary>
    public string? Provider { get; init; }

    /// <summary>What else must end with the transfer, for example the HTTP response.</summary>
    public IDisposable? Owner { get; init; }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Body.DisposeAsync();
        Owner?.Dispose();
    }
}
