using ModelPlatform.Jobs;
using ModelPlatform.Registry;
using ModelPlatform.Sources;
using StackExchange.Redis;

namespace ModelPlatform.Api.Jobs;

/// <summary>Where each variant of a reference stands here: from the models published out of it and the jobs that fetch it.</summary>
internal sealed class VariantStatuses(IModelRegistry registry, IFetchJobs jobs)
{
    /// <summary>More than this a browser cannot hold: 2.1 GiB.</summary>
    private const long LargestInABrowser = 2_254_857_830;
    private const int MostJobs = 1000;
    private const int MostPages = 10;

    /// <summary>What is known of a reference's variants; null where the stores do not answer, which is no reason to refuse an inspection.</summary>
    public async Task<Func<SourceVariant, string>?> OfAsync(string source, string reference, SourceInspection inspection, CancellationToken cancellationToken)
    {
        try
        {
            var fetched = await ReadFetchedAsync(source, reference, cancellationToken);
            FetchJob[] begun = [.. (await jobs.ListAsync(null, null, MostJobs, cancellationToken)).Where(job => job.Source == source && job.SourceReference == reference)];
            return variant => Judge(
                variant,
                isKnown: inspection.Framework is not null,
                isFetched: fetched.Exists(variant.Answers),
                Array.Find(begun, job => job.Variant is null ? ReferenceEquals(variant, inspection.Variants[0]) : variant.Answers(job.Variant)));
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException or PlatformException)
        {
            return null;
        }
    }

    /// <param name="variant">The variant.</param>
    /// <param name="isKnown">Whether its framework was detected.</param>
    /// <param name="isFetched">Whether a model here was made of it.</param>
    /// <param name="newest">The newest job that fetches it.</param>
    internal static string Judge(SourceVariant variant, bool isKnown, bool isFetched, FetchJob? newest) => (isFetched, newest?.Status, newest?.ErrorCode) switch
    {
        (_, FetchStatus.Queued or FetchStatus.Downloading or FetchStatus.Processing or FetchStatus.Paused, _) => "downloading",
        (true, _, _) => "downloaded",
        (_, FetchStatus.Failed, var code) => OfFailure(code),
        _ when !isKnown => "unsupported",
        _ when variant.TotalSize > LargestInABrowser => "server_only",
        _ => "available",
    };

    private static string OfFailure(string? wireName) => !ErrorCodes.TryParse(wireName, out var code) ? "failed" : code switch
    {
        ErrorCode.ModelNotFound => "not_found",
        ErrorCode.UnsupportedFramework => "unsupported",
        ErrorCode.AccessDenied or ErrorCode.RateLimited or ErrorCode.ConnectionFailed or ErrorCode.SourceServerError or ErrorCode.NetworkTimeout => "unavailable",
        _ => "failed",
    };

    private async Task<List<string>> ReadFetchedAsync(string source, string reference, CancellationToken cancellationToken)
    {
        var variants = new List<string>();
        var query = new CatalogQuery { Limit = 1000 };
        for (var pages = 0; pages < MostPages; pages++)
        {
            var page = await registry.ListAsync(query, cancellationToken);
            variants.AddRange(page.Models
                .Where(row => Text(row, "fetchSource") == source && Text(row, "fetchReference") == reference)
                .Select(row => Text(row, "fetchVariant")).OfType<string>());
            if (page.NextCursor is null)
            {
                break;
            }

            query = query with { Cursor = page.NextCursor };
        }

        return variants;
    }

    private static string? Text(CatalogRow row, string name) => row.Metadata[name] is System.Text.Json.Nodes.JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
