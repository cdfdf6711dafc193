using System.Buffers;
using System.Formats.Cbor;
using System.IO.Pipelines;
using ModelPlatform.Plugins.IpfsGateway.Cids;
using ModelPlatform.Plugins.IpfsGateway.Gateways;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.IpfsGateway.Car;

/// <summary>One block of a CAR; its bytes were checked.</summary>
internal sealed record CarSection(Cid Cid, Block Block);

/// <summary>Reads a CARv1 stream section by section, checking each block, never holding more than one.</summary>
internal sealed class CarReader(Gateway gateway, IDisposable owner, Stream body, SilenceTimer silence) : IAsyncDisposable
{
    private const int LargestHeader = 64 * 1024;
    private const int LargestIdentifier = 600;

    private readonly PipeReader pipe = PipeReader.Create(body, new StreamPipeReaderOptions(bufferSize: 64 * 1024));

    public Gateway Gateway { get; } = gateway;

    /// <summary>Reads the header. Its roots are unspecified and ignored; only the version matters.</summary>
    /// <returns>Why it cannot be read; the reader is then disposed.</returns>
    public async ValueTask<PlatformError?> ReadHeaderAsync(CancellationToken cancellationToken)
    {
        var result = await GuardAsync<bool>(async () =>
        {
            var length = await ReadLengthAsync();
            if (length is null or 0 or > LargestHeader)
            {
                return Broken("begins without a header");
            }

            var buffer = await pipe.ReadAtLeastAsync((int)length, silence.Token);
            silence.Reset();
            if (buffer.Buffer.Length < (long)length)
            {
                return Truncated();
            }

            var header = new byte[(int)length];
            buffer.Buffer.Slice(0, (int)length).CopyTo(header);
            pipe.AdvanceTo(buffer.Buffer.GetPosition((int)length));
            return VersionOf(header) switch
            {
                1 => (Result<bool>)true,
                { } other => Broken($"is of version {other}; only CARv1 is streamed"),
                null => Broken("has a header that is not the CBOR it should be"),
            };
        }, cancellationToken);
        if (!result.IsSuccess)
        {
            await DisposeAsync();
        }

        return result.Error;
    }

    /// <summary>Reads the next block; null at the end of the stream.</summary>
    public ValueTask<Result<CarSection?>> ReadAsync(CancellationToken cancellationToken) => GuardAsync<CarSection?>(async () =>
    {
        var length = await ReadLengthAsync();
        if (length is null)
        {
            return (CarSection?)null;
        }

        if (length is 0 or > Block.Largest + LargestIdentifier)
        {
            return Broken($"has a section of {length} bytes");
        }

        var result = await pipe.ReadAtLeastAsync((int)length, silence.Token);
        silence.Reset();
        if (result.Buffer.Length < (long)length)
        {
            return Truncated();
        }

        var sequence = result.Buffer.Slice(0, (int)length);
        var section = Parse(sequence);
        pipe.AdvanceTo(sequence.End);
        return section;
    }, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await pipe.CompleteAsync();
        owner.Dispose();
        silence.Dispose();
    }

    private Result<CarSection?> Parse(ReadOnlySequence<byte> sequence)
    {
        Span<byte> start = stackalloc byte[(int)Math.Min(sequence.Length, LargestIdentifier)];
        sequence.Slice(0, start.Length).CopyTo(start);
        if (!Cid.Read(start, out var length).TryGet(out var cid, out var error))
        {
            return Broken($"has a block whose identifier cannot be read ({error.Message})");
        }

        if (sequence.Length - length > Block.Largest)
        {
            return Broken($"has a block of more than {Block.Largest} bytes");
        }

        var rented = ArrayPool<byte>.Shared.Rent((int)sequence.Length - length);
        sequence.Slice(length).CopyTo(rented);
        var block = new Block(rented, (int)sequence.Length - length);
        if (cid.Matches(block.Bytes.Span))
        {
            return new CarSection(cid, block);
        }

        block.Dispose();
        return new PlatformError(ErrorCode.IntegrityFailed, $"{Gateway.Name} sent a CAR whose block {cid} has other bytes.");
    }

    private async ValueTask<ulong?> ReadLengthAsync()
    {
        var result = await pipe.ReadAtLeastAsync(9, silence.Token);
        silence.Reset();
        if (result.Buffer.IsEmpty)
        {
            return null;
        }

        var (consumed, value) = Peek(result.Buffer);
        pipe.AdvanceTo(result.Buffer.GetPosition(Math.Max(consumed, 0)));
        return consumed > 0 ? value : throw new PlatformException(consumed == 0 ? Truncated() : Broken("has a section without a length"));

        static (int Consumed, ulong Value) Peek(ReadOnlySequence<byte> buffer)
        {
            Span<byte> bytes = stackalloc byte[9];
            var head = buffer.Slice(0, Math.Min(9, buffer.Length));
            head.CopyTo(bytes);
            return (Varint.Read(bytes[..(int)head.Length], out var value), value);
        }
    }

    private async ValueTask<Result<T>> GuardAsync<T>(Func<ValueTask<Result<T>>> read, CancellationToken cancellationToken)
    {
        silence.Reset();
        try
        {
            return await read();
        }
        catch (PlatformException exception)
        {
            return exception.Error;
        }
        catch (OperationCanceledException) when (silence.HasElapsed)
        {
            return new PlatformError(ErrorCode.NetworkTimeout, $"{Gateway.Name} was silent in the middle of a CAR.");
        }
        catch (IOException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return new PlatformError(ErrorCode.ConnectionFailed, $"{Gateway.Name}: the connection broke in the middle of a CAR.");
        }
        finally
        {
            silence.Pause();
        }
    }

    private static ulong? VersionOf(byte[] header)
    {
        try
        {
            var reader = new CborReader(header, CborConformanceMode.Lax);
            var fields = reader.ReadStartMap();
            for (var i = 0; fields is null || i < fields; i++)
            {
                if (reader.PeekState() == CborReaderState.EndMap)
                {
                    break;
                }

                if (reader.ReadTextString() == "version")
                {
                    return reader.ReadUInt64();
                }

                reader.SkipValue();
            }
        }
        catch (Exception exception) when (exception is CborContentException or InvalidOperationException or OverflowException)
        {
            return null;
        }

        return null;
    }

    private PlatformError Truncated() => new(ErrorCode.DownloadIncomplete, $"{Gateway.Name} ended a CAR in the middle of a block.");

    private PlatformError Broken(string what) => new(ErrorCode.IntegrityFailed, $"{Gateway.Name} sent a CAR that {what}.");
}
