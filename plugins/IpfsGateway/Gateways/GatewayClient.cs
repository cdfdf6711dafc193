using System.Buffers;
using System.Net;
using ModelPlatform.Plugins.IpfsGateway.Car;
using ModelPlatform.Plugins.IpfsGateway.Cids;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.IpfsGateway.Gateways;

/// <summary>Speaks the trustless gateway protocol with one gateway at a time.</summary>
internal sealed class GatewayClient(SourceContext context)
{
    private const string RawType = "application/vnd.ipld.raw";
    private const string CarType = "application/vnd.ipld.car; version=1; order=dfs; dups=y";
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(30);

    /// <summary>Gets one block as it is and checks it.</summary>
    public async ValueTask<Result<Block>> GetRawAsync(Gateway gateway, Cid cid, CancellationToken cancellationToken)
    {
        using var silence = new SilenceTimer(context.Time, Silence, cancellationToken);
        try
        {
            var result = await SendAsync(gateway, $"/ipfs/{cid}?format=raw", RawType, silence.Token);
            if (!result.TryGet(out var answer, out var error))
            {
                return error;
            }

            using (answer)
            {
                var body = answer.Message.Content;
                if (body.Headers.ContentType?.MediaType is { } type && type is not (RawType or "application/octet-stream"))
                {
                    return NotTrustless(gateway, $"answers '{(type.StartsWith("text/", StringComparison.Ordinal) ? "text" : "another type")}' instead of a raw block");
                }

                return body.Headers.ContentLength > Block.Largest
                    ? TooLarge(gateway, cid)
                    : await ReadAsync(gateway, cid, await body.ReadAsStreamAsync(silence.Token), silence);
            }
        }
        catch (OperationCanceledException) when (silence.HasElapsed)
        {
            return Silent(gateway, cid);
        }
        catch (PlatformException exception)
        {
            return exception.Error;
        }
        catch (IOException)
        {
            return new PlatformError(ErrorCode.ConnectionFailed, $"{gateway.Name}: the connection broke in the middle of the block {cid}.");
        }
    }

    /// <summary>Gets one block inside a CAR, from a gateway that gives no single blocks.</summary>
    public async ValueTask<Result<Block>> GetInCarAsync(Gateway gateway, Cid cid, CancellationToken cancellationToken)
    {
        if (!(await OpenCarAsync(gateway, cid, "dag-scope=block", cancellationToken)).TryGet(out var car, out var error))
        {
            return error;
        }

        await using (car)
        {
            if (!(await car.ReadAsync(cancellationToken)).TryGet(out var section, out error))
            {
                return error;
            }

            if (section is null)
            {
                return new PlatformError(ErrorCode.DownloadIncomplete, $"{gateway.Name} sent a CAR without the block {cid}.");
            }

            if (section.Cid.Equals(cid))
            {
                return section.Block;
            }

            section.Block.Dispose();
            return new PlatformError(ErrorCode.IntegrityFailed, $"{gateway.Name} sent the block {section.Cid} instead of {cid}.");
        }
    }

    /// <summary>Opens a stream of blocks.</summary>
    /// <param name="gateway">Who is asked.</param>
    /// <param name="cid">The root.</param>
    /// <param name="scope">The queries <c>dag-scope</c> and <c>entity-bytes</c>.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public async ValueTask<Result<CarReader>> OpenCarAsync(Gateway gateway, Cid cid, string scope, CancellationToken cancellationToken)
    {
        var silence = new SilenceTimer(context.Time, Silence, cancellationToken);
        SourceHttpResponse? answer = null;
        try
        {
            var result = await SendAsync(gateway, $"/ipfs/{cid}?format=car&{scope}", CarType, silence.Token);
            if (!result.TryGet(out answer, out var error))
            {
                silence.Dispose();
                return error;
            }

            if (answer.Message.Content.Headers.ContentType?.MediaType is { } type && type is not ("application/vnd.ipld.car" or "application/octet-stream"))
            {
                answer.Dispose();
                silence.Dispose();
                return NotTrustless(gateway, "answers another type instead of a CAR");
            }

            var reader = new CarReader(gateway, answer, await answer.Message.Content.ReadAsStreamAsync(silence.Token), silence);
            return await reader.ReadHeaderAsync(cancellationToken) is { } broken ? broken : reader;
        }
        catch (OperationCanceledException) when (silence.HasElapsed)
        {
            answer?.Dispose();
            silence.Dispose();
            return Silent(gateway, cid);
        }
        catch
        {
            answer?.Dispose();
            silence.Dispose();
            throw;
        }
    }

    /// <summary>Asks for the empty block that every gateway can make up.</summary>
    public async ValueTask<PlatformError?> ProbeAsync(Gateway gateway, CancellationToken cancellationToken)
    {
        using var silence = new SilenceTimer(context.Time, Silence, cancellationToken);
        try
        {
            var result = await SendAsync(gateway, "/ipfs/bafkqaaa?format=raw", RawType, silence.Token);
            if (!result.TryGet(out var answer, out var error))
            {
                return error;
            }

            using (answer)
            {
                return answer.Message.Content.Headers.ContentLength is null or 0 ? null : NotTrustless(gateway, "answers the probe with a body");
            }
        }
        catch (OperationCanceledException) when (silence.HasElapsed)
        {
            return new PlatformError(ErrorCode.NetworkTimeout, $"{gateway.Name} was silent for {Silence.TotalSeconds} s.");
        }
    }

    private async ValueTask<Result<SourceHttpResponse>> SendAsync(Gateway gateway, string pathAndQuery, string accept, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, gateway.At(pathAndQuery));
        request.Headers.TryAddWithoutValidation("Accept", accept);
        var result = await context.Http.SendAsync(request, new SourceHttpOptions { TrustedOrigins = [gateway.Origin], AcceptAnyStatus = true }, cancellationToken);
        if (!result.TryGet(out var answer, out var error))
        {
            return error;
        }

        if (answer.Message.StatusCode == HttpStatusCode.OK)
        {
            return answer;
        }

        using (answer)
        {
            var status = (int)answer.Message.StatusCode;
            return status switch
            {
                404 or 410 => new(ErrorCode.ModelNotFound, $"{gateway.Name} does not have it ({status})."),
                451 => new PlatformError(ErrorCode.ModelNotFound, $"{gateway.Name} withholds it for legal reasons (451)."),
                429 => new PlatformError(ErrorCode.RateLimited, $"{gateway.Name} answers 429: too many requests.") { RetryAfter = answer.RetryAfter },
                400 or 405 or 406 or 415 or 501 => NotTrustless(gateway, $"answers {status}"),
                401 or 403 => new PlatformError(ErrorCode.AccessDenied, $"{gateway.Name} answers {status}: it serves others only."),
                >= 500 => new PlatformError(ErrorCode.SourceServerError, $"{gateway.Name} answers {status}.") { RetryAfter = answer.RetryAfter },
                _ => new PlatformError(ErrorCode.SourceServerError, $"{gateway.Name} answers {status}, which is not expected there."),
            };
        }
    }

    private static async ValueTask<Result<Block>> ReadAsync(Gateway gateway, Cid cid, Stream body, SilenceTimer silence)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        var length = 0;
        try
        {
            while (true)
            {
                var read = await body.ReadAsync(buffer.AsMemory(length), silence.Token);
                silence.Reset();
                if (read == 0)
                {
                    break;
                }

                length += read;
                if (length > Block.Largest)
                {
                    return TooLarge(gateway, cid);
                }

                if (length == buffer.Length)
                {
                    var larger = ArrayPool<byte>.Shared.Rent(Math.Min(buffer.Length * 4, Block.Largest + 1));
                    buffer.AsSpan(0, length).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = larger;
                }
            }

            if (!cid.Matches(buffer.AsSpan(0, length)))
            {
                return new PlatformError(ErrorCode.IntegrityFailed, $"{gateway.Name} sent {length} bytes for the block {cid} that are not that block.");
            }

            var block = new Block(buffer, length);
            buffer = null;
            return block;
        }
        finally
        {
            if (buffer is not null)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    /// <summary>A gateway that only gives ready-made files cannot be checked, so it is of no use.</summary>
    private static PlatformError NotTrustless(Gateway gateway, string what) => new(ErrorCode.InvalidRequest, $"{gateway.Name} {what}: it is no trustless gateway for this form.");

    private static PlatformError TooLarge(Gateway gateway, Cid cid) => new(ErrorCode.IntegrityFailed, $"{gateway.Name} sent more than {Block.Largest} bytes for the block {cid}; no block is that large.");

    private static PlatformError Silent(Gateway gateway, Cid cid) => new(ErrorCode.NetworkTimeout, $"{gateway.Name} was silent for {Silence.TotalSeconds} s over the block {cid}.");
}
