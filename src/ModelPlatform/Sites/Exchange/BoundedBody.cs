using ModelPlatform.Sources;

namespace ModelPlatform.Sites.Exchange;

/// <summary>Reads a body that may be longer than it should be.</summary>
internal static class BoundedBody
{
    public static async Task<Result<ReadOnlyMemory<byte>>> ReadAsync(Stream body, int most, CancellationToken cancellationToken)
    {
        using var read = new MemoryStream();
        var buffer = new byte[64 * 1024];
        var length = 0L;
        while (await body.ReadAsync(buffer, cancellationToken) is > 0 and var count)
        {
            // A little more is read and thrown away, so that the sender hears the answer instead of a broken connection.
            if ((length += count) <= most)
            {
                read.Write(buffer, 0, count);
            }
            else if (length > most * 4L)
            {
                break;
            }
        }

        if (length > most)
        {
            return new PlatformError(ErrorCode.FileTooLarge, $"The body is longer than {most} bytes.");
        }

        return (ReadOnlyMemory<byte>)read.GetBuffer().AsMemory(0, (int)read.Length);
    }
}
