using System.IO.Pipelines;
using ModelPlatform.Integrity;

namespace ModelPlatform.Api.Serving;

/// <summary>Bytes about to be sent.</summary>
/// <param name="Name">File name shown to whoever saves it.</param>
/// <param name="Size">Length in bytes.</param>
/// <param name="Sha256">Of the whole.</param>
/// <param name="Copy">Writes so many bytes from an offset; throws <see cref="Sources.PlatformException"/> where they cannot be proven.</param>
internal sealed record ServedFile(string Name, long Size, Sha256Digest Sha256, Func<long, long, PipeWriter, CancellationToken, Task> Copy)
{
    /// <summary>Strong validator without quotes; the digest unless a protocol asks for another.</summary>
    public string ETag { get; init; } = Sha256.ToString();

    /// <summary>When it was published.</summary>
    public DateTimeOffset? LastModified { get; init; }

    /// <summary>How long it may be kept, without <c>public</c> or <c>private</c>.</summary>
    public string Freshness { get; init; } = "no-cache";

    /// <summary>Whether a browser may show it where it stands rather than save it. It is never shown as active content.</summary>
    public bool IsInline { get; init; }
}
