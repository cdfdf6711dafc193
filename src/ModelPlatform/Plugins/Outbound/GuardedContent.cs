using System.Net;

namespace ModelPlatform.Plugins.Outbound;

/// <summary>An answer's content, its body guarded.</summary>
internal sealed class GuardedContent : HttpContent
{
    private readonly HttpContent inner;
    private readonly BodyGuard guard;

    public GuardedContent(HttpContent inner, BodyGuard guard)
    {
        (this.inner, this.guard) = (inner, guard);
        foreach (var (name, values) in inner.Headers.NonValidated)
        {
            Headers.TryAddWithoutValidation(name, values);
        }
    }

    protected override async Task<Stream> CreateContentReadStreamAsync() => new GuardedStream(await inner.ReadAsStreamAsync(), guard);

    protected override async Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken) =>
        new GuardedStream(await inner.ReadAsStreamAsync(cancellationToken), guard);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        await using var body = new GuardedStream(await inner.ReadAsStreamAsync(cancellationToken), guard);
        await body.CopyToAsync(stream, cancellationToken);
    }

    // Nothing beyond the declared Content-Length, which the headers hold already.
    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
