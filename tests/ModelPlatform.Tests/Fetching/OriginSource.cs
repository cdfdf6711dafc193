using System.Net;
using System.Net.Http.Headers;
using ModelPlatform.Sources;

namespace ModelPlatform.Tests.Fetching;

/// <summary>A small but honest HTTP source: what a plugin does, without its rules.</summary>
public sealed class OriginSource(Uri address, params OriginFile[] files) : ISource
{
    private readonly HttpClient client = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { Timeout = Timeout.InfiniteTimeSpan };

    public int Inspections { get; private set; }

    public string? Framework { get; init; } = "onnx";

    public string? Revision { get; init; }

    public async ValueTask<Result<SourceInspection>> InspectAsync(SourceReference reference, CancellationToken cancellationToken)
    {
        Inspections++;
        var found = new List<SourceFile>();
        foreach (var file in files)
        {
            var url = new Uri(address, file.Name);
            using var head = await client.SendAsync(new HttpRequestMessage(HttpMethod.Head, url), cancellationToken);
            if (!head.IsSuccessStatusCode)
            {
                return Failed(head);
            }

            found.Add(new SourceFile(file.Path ?? file.Name, url.ToString())
            {
                Size = file.IsSizeUnknown ? null : file.Size ?? head.Content.Headers.ContentLength,
                Sha256 = file.Sha256,
                GitBlobSha1 = file.GitBlobSha1,
                Validator = head.Headers.ETag?.ToString(),
                AcceptsRanges = file.AcceptsRanges,
                ChunkHashes = file.ChunkHashes,
                ChunkSize = file.ChunkSize,
            });
        }

        return new SourceInspection([new SourceVariant("default", found, "fp32")], "model") { Framework = Framework, Revision = Revision };
    }

    public async ValueTask<Result<SourceContent>> OpenAsync(SourceFile file, SourceRange range, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, file.Locator);
        if (range.Offset > 0 || range.Length is not null)
        {
            request.Headers.Range = new RangeHeaderValue(range.Offset, range.Length is { } length ? range.Offset + length - 1 : null);
            if (file.Validator is { } validator)
            {
                request.Headers.IfRange = new RangeConditionHeaderValue(EntityTagHeaderValue.Parse(validator));
            }
        }

        HttpResponseMessage response;
        try
        {
            response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (HttpRequestException)
        {
            return new PlatformError(ErrorCode.ConnectionFailed, "no connection");
        }

        if (!response.IsSuccessStatusCode)
        {
            using (response)
            {
                return Failed(response);
            }
        }

        if (response.Content.Headers.ContentEncoding.Count > 0)
        {
            response.Dispose();
            return new PlatformError(ErrorCode.IntegrityFailed, "The origin compresses what it was asked for plainly.");
        }

        var partial = response.Content.Headers.ContentRange;
        return new SourceContent(await response.Content.ReadAsStreamAsync(cancellationToken), response.StatusCode == HttpStatusCode.PartialContent ? partial!.From!.Value : 0)
        {
            Length = response.Content.Headers.ContentLength,
            TotalSize = response.StatusCode == HttpStatusCode.PartialContent ? partial!.Length : response.Content.Headers.ContentLength,
            Validator = response.Headers.ETag?.ToString(),
            IsEndCertain = response.Headers.TransferEncodingChunked == true,
            Owner = response,
        };
    }

    public ValueTask<SourceHealth> CheckHealthAsync(CancellationToken cancellationToken) => ValueTask.FromResult(new SourceHealth(true));

    public ValueTask DisposeAsync()
    {
        client.Dispose();
        return ValueTask.CompletedTask;
    }

    private static PlatformError Failed(HttpResponseMessage response) => new(
        (int)response.StatusCode switch
        {
            401 or 403 => ErrorCode.AccessDenied,
            404 or 410 or 451 => ErrorCode.ModelNotFound,
            416 => ErrorCode.RangeNotSatisfiable,
            429 => ErrorCode.RateLimited,
            _ => ErrorCode.SourceServerError,
        },
        $"The origin answered {(int)response.StatusCode}.")
    { RetryAfter = response.Headers.RetryAfter?.Delta };
}

/// <summary>What the source claims of a file.</summary>
public sealed record OriginFile(string Name)
{
    public string? Path { get; init; }

    public long? Size { get; init; }

    public bool IsSizeUnknown { get; init; }

    public string? Sha256 { get; init; }

    public string? GitBlobSha1 { get; init; }

    public bool? AcceptsRanges { get; init; }

    public IReadOnlyList<string>? ChunkHashes { get; init; }

    public int? ChunkSize { get; init; }
}
