using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Net.Http.Headers;
using ModelPlatform.Api.Access;
using ModelPlatform.Api.Errors;
using ModelPlatform.Integrity;
using ModelPlatform.Serving;
using ModelPlatform.Sources;

namespace ModelPlatform.Api.Serving;

/// <summary>Sends a file to RFC 9110: conditions, one range or several, HEAD. No compression, and no copy of the file in memory.</summary>
internal sealed partial class ServedFileResult(ServedFile file) : IResult
{
    private readonly EntityTagHeaderValue etag = new($"\"{file.ETag}\"");

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var request = httpContext.Request;
        switch (Preconditions.Evaluate(request, etag, file.LastModified))
        {
            case PreconditionState.Failed:
                return new PlatformError(ErrorCode.PreconditionFailed, $"{file.Name} is not what the condition of the request names.").WriteAsync(httpContext);
            case PreconditionState.NotModified:
                WriteValidators(httpContext);
                httpContext.Response.StatusCode = StatusCodes.Status304NotModified;
                return Task.CompletedTask;
        }

        IReadOnlyList<ByteRange> parts = [];
        var asked = HttpMethods.IsGet(request.Method) && request.Headers.Range.Count > 0 && Preconditions.RangeApplies(request, etag, file.LastModified)
            ? RangeHeader.Read(request.Headers.Range, file.Size, out parts)
            : RangeRequest.None;
        if (asked is RangeRequest.NotSatisfiable)
        {
            httpContext.Response.Headers.ContentRange = $"bytes */{file.Size}";
            return new PlatformError(
                ErrorCode.RangeNotSatisfiable,
                $"The Range asks for no byte of {file.Name}, which has {file.Size}, is malformed, or names more than {RangeHeader.MaxParts} parts.").WriteAsync(httpContext);
        }

        WriteValidators(httpContext);
        WriteDescription(httpContext.Response);
        return asked switch
        {
            RangeRequest.None => SendAsync(httpContext, [new ByteRange(0, file.Size - 1)], null),
            _ when parts.Count == 1 => SendPartAsync(httpContext, parts[0]),
            _ => SendPartsAsync(httpContext, parts),
        };
    }

    private void WriteValidators(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.ETag = etag.ToString();
        // What the token opened is for its holder alone, whichever way the token came.
        headers.CacheControl = $"{(context.GetCaller() is Caller.Anonymous ? "public" : "private")}, {file.Freshness}";
        if (file.LastModified is { } time)
        {
            headers.LastModified = time.UtcDateTime.ToString("R", CultureInfo.InvariantCulture);
        }
    }

    private void WriteDescription(HttpResponse response)
    {
        Span<byte> digest = stackalloc byte[Sha256Digest.Size];
        file.Sha256.CopyTo(digest);
        var headers = response.Headers;
        headers.AcceptRanges = "bytes";
        headers["Repr-Digest"] = $"sha-256=:{Convert.ToBase64String(digest)}:";
        headers.ContentDisposition = FileNames.DispositionOf(file.Name, file.IsInline);
        headers.ContentType = FileNames.ContentTypeOf(file.Name);
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "sandbox; default-src 'none'";
    }

    private Task SendPartAsync(HttpContext context, ByteRange part)
    {
        context.Response.StatusCode = StatusCodes.Status206PartialContent;
        context.Response.Headers.ContentRange = ContentRange(part);
        return SendAsync(context, [part], null);
    }

    private Task SendPartsAsync(HttpContext context, IReadOnlyList<ByteRange> parts)
    {
        var boundary = RandomNumberGenerator.GetHexString(32, lowercase: true);
        var type = FileNames.ContentTypeOf(file.Name);
        context.Response.StatusCode = StatusCodes.Status206PartialContent;
        context.Response.ContentType = $"multipart/byteranges; boundary={boundary}";
        var heads = parts.Select((part, i) => Encoding.ASCII.GetBytes(
            $"{(i == 0 ? string.Empty : "\r\n")}--{boundary}\r\nContent-Type: {type}\r\nContent-Range: {ContentRange(part)}\r\n\r\n"));
        return SendAsync(context, parts, [.. heads, Encoding.ASCII.GetBytes($"\r\n--{boundary}--\r\n")]);
    }

    /// <summary>Sends parts, each after its head, and the last head after them all.</summary>
    private async Task SendAsync(HttpContext context, IReadOnlyList<ByteRange> parts, byte[][]? heads)
    {
        var response = context.Response;
        response.ContentLength = parts.Sum(part => part.Length) + (heads?.Sum(head => (long)head.Length) ?? 0);
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        var (began, isWhole) = (Stopwatch.GetTimestamp(), false);
        try
        {
            for (var i = 0; i < parts.Count; i++)
            {
                // Not flushed: until the first byte is proven the answer can still become an error.
                response.BodyWriter.Write(heads?[i]);
                if (parts[i].Length > 0)
                {
                    await file.Copy(parts[i].First, parts[i].Length, response.BodyWriter, context.RequestAborted);
                }
            }

            response.BodyWriter.Write(heads?[^1]);
            await response.BodyWriter.FlushAsync(context.RequestAborted);
            isWhole = !context.RequestAborted.IsCancellationRequested;
            ServingTelemetry.CountSent(parts.Sum(part => part.Length));
        }
        catch (Exception exception) when (response.HasStarted)
        {
            // Too late for a status: breaking the connection is the only way to say that the body is not whole.
            if (!context.RequestAborted.IsCancellationRequested)
            {
                LogBroken(context.RequestServices.GetRequiredService<ILogger<ServedFileResult>>(), exception, file.Name, file.Sha256);
                context.Abort();
            }
        }
        finally
        {
            ServingTelemetry.CountAnswer(Stopwatch.GetElapsedTime(began), response.StatusCode, isWhole);
        }
    }

    private string ContentRange(ByteRange part) => $"bytes {part.First}-{part.Last}/{file.Size}";

    [LoggerMessage(6011, LogLevel.Warning, "Sending {File} ({Sha256}) broke off")]
    private static partial void LogBroken(ILogger logger, Exception exception, string file, Sha256Digest sha256);
}
