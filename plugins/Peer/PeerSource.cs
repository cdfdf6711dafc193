using System.Collections.Concurrent;
using System.Net.Http.Headers;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.Peer;

/// <summary>Models of other sites. What a file is, its home site's manifest says; its bytes come from every site that holds the same content.</summary>
internal sealed class PeerSource(SiteClient client, IReadOnlyList<Site> sites, TimeProvider time) : ISource
{
    /// <summary>How long a site is not asked again for what it did not hold.</summary>
    private static readonly TimeSpan Forgetting = TimeSpan.FromSeconds(60);
    private const int MostRemembered = 10_000;

    private readonly ConcurrentDictionary<(string Site, string Sha256), long> absent = new();
    private int turn = -1;

    public async ValueTask<Result<SourceInspection>> InspectAsync(SourceReference reference, CancellationToken cancellationToken)
    {
        if (!PeerReference.Parse(reference.Reference).TryGet(out var wanted, out var error) || !FindSite(wanted.Site).TryGet(out var site, out error))
        {
            return error;
        }

        if (!(await client.ReadManifestAsync(site, wanted, cancellationToken)).TryGet(out var answer, out error))
        {
            return error;
        }

        if (!PeerManifest.Read(answer.Manifest, site).TryGet(out var manifest, out error))
        {
            return error;
        }

        var name = manifest.Variant is { Length: > 0 and <= 128 } known ? known : "default";
        var variant = new SourceVariant(name, manifest.Files, manifest.Quantization ?? "unknown") { Quantization = manifest.Quantization, Aliases = name == "default" ? [] : ["default"] };
        return new SourceInspection([variant], manifest.Model.Replace('/', '-'))
        {
            Framework = manifest.Framework is null or "other" ? Frameworks.Detect(manifest.Files.Select(file => file.Path)) : manifest.Framework,
            Revision = manifest.Revision ?? manifest.Version,
            IsGated = answer.IsGated,
            Metadata = manifest.Metadata,
            Manifest = answer.Manifest,
        };
    }

    public async ValueTask<Result<SourceContent>> OpenAsync(SourceFile file, SourceRange range, CancellationToken cancellationToken)
    {
        if (!PeerReference.Parse(file.Locator).TryGet(out var wanted, out var error) || !FindSite(wanted.Site).TryGet(out var home, out error))
        {
            return error;
        }

        if (file.Sha256 is not { } sha256 || wanted.Path is null || range.Offset < 0 || range.Length < 0 || range.Offset > file.Size)
        {
            return new PlatformError(ErrorCode.RangeNotSatisfiable, $"The range lies outside {file.Path}.");
        }

        if (range.Length == 0 || range.Offset == file.Size)
        {
            return new SourceContent(Stream.Null, range.Offset) { Length = 0, TotalSize = file.Size, Sha256 = sha256 };
        }

        // Each opening begins with another site, so that several ranges at once draw on all of them. The home site's error is the one told.
        PlatformError? told = null;
        foreach (var site in InTurn(home, sha256))
        {
            var result = await OpenAtAsync(site, wanted, file, sha256, range, cancellationToken);
            if (result.IsSuccess)
            {
                return result;
            }

            if (site != home && result.Error.Code is ErrorCode.ModelNotFound or ErrorCode.IntegrityFailed)
            {
                if (absent.Count >= MostRemembered)
                {
                    absent.Clear();
                }

                absent[(site.Name, sha256)] = time.GetTimestamp();
            }

            told = site == home || told is null ? result.Error : told;
        }

        return told!;
    }

    public async ValueTask<SourceHealth> CheckHealthAsync(CancellationToken cancellationToken)
    {
        if (sites.Count == 0)
        {
            return new SourceHealth(true, "no sites are configured (Sources:Peer:Sites)");
        }

        var answers = await Task.WhenAll(sites.Select(async site =>
        {
            var result = await client.GetAsync(site, "alive", null, cancellationToken);
            using var answer = result.IsSuccess ? result.Value : null;
            return (site.Name, result.Error);
        }));
        var away = answers.Where(answer => answer.Error is not null).Select(answer => answer.Error!.Message).ToArray();
        return new SourceHealth(away.Length < sites.Count, away.Length == 0 ? string.Join(", ", sites.Select(site => site.Name)) : string.Join(" ", away));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async ValueTask<Result<SourceContent>> OpenAtAsync(Site site, PeerReference wanted, SourceFile file, string sha256, SourceRange range, CancellationToken cancellationToken)
    {
        var path = $"v2/models/{wanted.Id}/artifacts/{string.Join('/', wanted.Path!.Split('/').Select(Uri.EscapeDataString))}";
        var header = new RangeHeaderValue(range.Offset, range.Length is { } length ? range.Offset + length - 1 : null);
        var result = await client.GetAsync(site, path, header, cancellationToken);
        if (result.Error?.Code == ErrorCode.ModelNotFound && OneChunk(file, range) is { } chunk)
        {
            // Not under this name; but content is content.
            return await OpenChunkAsync(site, file, chunk, range, cancellationToken);
        }

        if (!result.TryGet(out var answer, out var error))
        {
            return error;
        }

        var (status, headers) = ((int)answer.Message.StatusCode, answer.Message.Content.Headers);
        var etag = answer.Message.Headers.ETag is { IsWeak: false, Tag: var tag } ? tag.Trim('"') : null;
        var fault = etag is not null && etag != sha256 ? "holds other content under this name"
            : status == 206 && headers.ContentRange?.From != range.Offset ? "sends another range than was asked for"
            : status is not (200 or 206) || (status == 200 && headers.ContentLength is { } whole && whole != file.Size) || headers.ContentEncoding.Count > 0 ? "does not send the file"
            : null;
        if (fault is not null)
        {
            answer.Dispose();
            return new PlatformError(ErrorCode.IntegrityFailed, $"The site {site.Name} {fault} ({wanted.Id}, {file.Path}).");
        }

        return new SourceContent(await answer.Message.Content.ReadAsStreamAsync(cancellationToken), status == 206 ? range.Offset : 0)
        {
            Length = headers.ContentLength,
            TotalSize = file.Size,
            Validator = file.Validator,
            Sha256 = etag,
            Provider = site.Name,
            Owner = answer,
        };
    }

    private async ValueTask<Result<SourceContent>> OpenChunkAsync(Site site, SourceFile file, string chunk, SourceRange range, CancellationToken cancellationToken)
    {
        if (!(await client.GetAsync(site, $"v2/chunks/{chunk}", null, cancellationToken)).TryGet(out var answer, out var error))
        {
            return error;
        }

        if ((int)answer.Message.StatusCode != 200 || answer.Message.Content.Headers.ContentLength is not { } length)
        {
            answer.Dispose();
            return new PlatformError(ErrorCode.IntegrityFailed, $"The site {site.Name} does not send the chunk {chunk}.");
        }

        return new SourceContent(await answer.Message.Content.ReadAsStreamAsync(cancellationToken), range.Offset) { Length = length, TotalSize = file.Size, Provider = site.Name, Owner = answer };
    }

    /// <summary>The chunk that is exactly this range; null where the range is anything else.</summary>
    private static string? OneChunk(SourceFile file, SourceRange range) =>
        file is { ChunkHashes: { } hashes, ChunkSize: { } size, Size: { } whole } && range.Offset % size == 0
        && range.Length is { } length && length == Math.Min(size, whole - range.Offset) ? hashes[(int)(range.Offset / size)] : null;

    private IEnumerable<Site> InTurn(Site home, string sha256)
    {
        Site[] holders = [.. sites.Where(site => site == home || !absent.TryGetValue((site.Name, sha256), out var at) || time.GetElapsedTime(at) >= Forgetting)];
        var first = (int)((uint)Interlocked.Increment(ref turn) % (uint)holders.Length);
        for (var i = 0; i < holders.Length; i++)
        {
            yield return holders[(first + i) % holders.Length];
        }
    }

    private Result<Site> FindSite(string name) =>
        sites.FirstOrDefault(site => site.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } site ? site
        : new PlatformError(ErrorCode.InvalidRequest, sites.Count == 0
            ? "No site is configured. Set Sources:Peer:Sites:0:Name and Sources:Peer:Sites:0:Url."
            : $"There is no site {name}. Configured are: {string.Join(", ", sites.Select(site => site.Name))}.");
}
