using ModelPlatform.Sources;

namespace ModelPlatform.Sites.Exchange;

/// <summary>Reads a body that may be longer than it should be.</summary>
internal static class BoundedBody
{
    public static async Task<Result<ReadOnlyMemory<byte>>> ReadAsync(Stream body, int most, CancellationToken cancellationToken)
    {
        using var read = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (await body.ReadAsync(buffer, cancellationToken) is > 0 and var count)
        {
            if (read.Length + count > most)
            {
                return new PlatformError(ErrorCode.FileTooLarge, $"The body is longer than {most} bytes.");
            }

            read.Write(buffer, 0, count);
        }

        return (ReadOnlyMemory<byte>)read.GetBuffer().AsMemory(0, (int)read.Length);
    }
}
