using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using ModelPlatform.Plugins.Tests.Outbound;

namespace ModelPlatform.Plugins.Tests.HuggingFace;

/// <summary>One request the Hub, or the storage behind it, received.</summary>
internal sealed record FakeHubRequest(string Server, string PathAndQuery, string? Authorization, string? Range);

/// <summary>A Hub on two local origins, answering as the real one does: metadata and small files on one, large files at signed addresses that expire on the other.</summary>
internal sealed class FakeHub : IAsyncDisposable
{
    public const string GoodToken = "hf_good0123456789012345678901234567890123";

    private readonly ConcurrentDictionary<string, byte> signatures = new();
    private TestOrigin origin = null!;
    private TestOrigin storage = null!;

    public Dictionary<string, FakeRepository> Models { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, FakeRepository> Datasets { get; } = new(StringComparer.Ordinal);

    public ConcurrentQueue<FakeHubRequest> Requests { get; } = [];

    public string Prefix { get; init; } = string.Empty;

    public int PageSize { get; set; } = 1000;

    /// <summary>Writes the address of the next page; the real thing by default.</summary>
    public Func<string, string>? EditNextPage { get; set; }

    /// <summary>How many signed addresses have expired by the time they are used.</summary>
    public int ExpiredSignatures;

    /// <summary>May answer instead of the Hub; returns whether it has.</summary>
    public Func<HttpContext, Task<bool>>? Instead { get; set; }

    /// <summary>May answer instead of the storage; returns whether it has.</summary>
    public Func<HttpContext, byte[], Task<bool>>? InsteadOfStorage { get; set; }

    /// <summary>Changes the redirect to the storage before it is sent.</summary>
    public Action<HttpContext>? EditRedirect { get; set; }

    public string Endpoint => origin.Uri.GetLeftPart(UriPartial.Authority) + Prefix;

    public string Storage => storage.Uri.GetLeftPart(UriPartial.Authority);

    public async Task<FakeHub> StartAsync()
    {
        origin = await TestOrigin.StartAsync(AnswerAsync);
        storage = await TestOrigin.StartAsync(AnswerFromStorageAsync);
        return this;
    }

    public async ValueTask DisposeAsync()
    {
        await origin.DisposeAsync();
        await storage.DisposeAsync();
    }

    private void Record(string server, HttpContext context) => Requests.Enqueue(new FakeHubRequest(server, RawTarget(context),
        context.Request.Headers.Authorization.FirstOrDefault(), context.Request.Headers.Range.FirstOrDefault()));

    private static string RawTarget(HttpContext context) => context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget;

    private async Task AnswerAsync(HttpContext context)
    {
        Record("hub", context);
        if (Instead is not null && await Instead(context))
        {
            return;
        }

        var path = RawTarget(context).Split('?')[0];
        if (!path.StartsWith(Prefix + "/", StringComparison.Ordinal))
        {
            await FailAsync(context, 404, null, "Not Found");
            return;
        }

        var segments = path[(Prefix.Length + 1)..].Split('/').Select(Uri.UnescapeDataString).ToList();
        var isApi = segments[0] == "api";
        if (isApi)
        {
            segments.RemoveAt(0);
        }

        var isCache = isApi && segments[0] == "resolve-cache";
        if (isCache)
        {
            segments.RemoveAt(0);
        }

        var repositories = segments[0] == "datasets" ? Datasets : Models;
        if (segments[0] is "datasets" or "models")
        {
            segments.RemoveAt(0);
        }

        var marker = isCache ? 2 : segments.FindIndex(segment => segment is "revision" or "tree" or "resolve");
        if (marker < 1)
        {
            await WriteAsync(context, new JsonArray());
            return;
        }

        var id = string.Join('/', segments.Take(marker));
        if (!repositories.TryGetValue(id, out var repository) || (repository.IsPrivate && !IsKnown(context)))
        {
            await FailAsync(context, IsKnown(context) ? 404 : 401, "RepoNotFound", "Repository not found");
            return;
        }

        if (context.Request.Headers.Authorization.FirstOrDefault() is { } authorization && authorization != $"Bearer {GoodToken}")
        {
            await FailAsync(context, 401, null, "Invalid credentials in Authorization header");
            return;
        }

        if (isCache)
        {
            await SendAsync(context, repository.Files[string.Join('/', segments.Skip(3))].Bytes, $"\"{FakeRepository.Oid(repository.Files[string.Join('/', segments.Skip(3))].Bytes)}\"");
            return;
        }

        var revision = segments[marker + 1];
        if (revision != "main" && revision != repository.Commit && revision != "refs/pr/1")
        {
            await FailAsync(context, 404, "RevisionNotFound", $"Invalid rev id: {revision}");
            return;
        }

        switch (segments[marker])
        {
            case "revision":
                await DescribeAsync(context, id, repository);
                break;
            case "tree":
                await ListAsync(context, repository, path);
                break;
            default:
                await ResolveAsync(context, id, repository, string.Join('/', segments.Skip(marker + 2)), repositories == Datasets);
                break;
        }
    }

    private static Task DescribeAsync(HttpContext context, string id, FakeRepository repository)
    {
        var card = (JsonObject)repository.Card.DeepClone();
        card["_id"] = "65c0e0a24913fc50b7ba14d2";
        card["id"] = id;
        card["sha"] = repository.Commit;
        card["private"] = repository.IsPrivate;
        card["gated"] = repository.Gated?.DeepClone() ?? false;
        card["siblings"] = new JsonArray([.. repository.Files.Keys.Select(path => new JsonObject { ["rfilename"] = path })]);
        return WriteAsync(context, card);
    }

    private async Task ListAsync(HttpContext context, FakeRepository repository, string path)
    {
        var entries = repository.Tree();
        var start = int.Parse(context.Request.Query["cursor"].FirstOrDefault() ?? "0", CultureInfo.InvariantCulture);
        var page = new JsonArray([.. entries.Skip(start).Take(PageSize).Select(entry => entry?.DeepClone())]);
        if (start + PageSize < entries.Count)
        {
            var next = $"{origin.Uri.GetLeftPart(UriPartial.Authority)}{path}?recursive=true&cursor={start + PageSize}";
            context.Response.Headers.Link = $"<{EditNextPage?.Invoke(next) ?? next}>; rel=\"next\"";
        }

        await WriteAsync(context, page);
    }

    private async Task ResolveAsync(HttpContext context, string id, FakeRepository repository, string path, bool isDataset)
    {
        context.Response.Headers["X-Repo-Commit"] = repository.Commit;
        if (repository.IsDisabled)
        {
            await FailAsync(context, 403, null, "Access to this resource is disabled.");
        }
        else if (repository.Gated is not null && !IsKnown(context))
        {
            await FailAsync(context, 401, "GatedRepo", $"Access to model {id} is restricted. You must have access to it and be authenticated to access it. Please log in.");
        }
        else if (!repository.Files.TryGetValue(path, out var file))
        {
            await FailAsync(context, 404, "EntryNotFound", "Entry not found");
        }
        else if (!file.IsLfs)
        {
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = $"{Prefix}/api/resolve-cache/{(isDataset ? "datasets" : "models")}/{id}/{repository.Commit}/{string.Join('/', path.Split('/').Select(Uri.EscapeDataString))}";
        }
        else
        {
            var signature = Guid.NewGuid().ToString("N");
            if (Interlocked.Decrement(ref ExpiredSignatures) < 0)
            {
                signatures[signature] = 0;
            }

            var sha256 = FakeRepository.Sha256(file.Bytes);
            context.Response.StatusCode = 302;
            context.Response.Headers["X-Linked-Etag"] = $"\"{sha256}\"";
            context.Response.Headers["X-Linked-Size"] = file.Bytes.Length.ToString(CultureInfo.InvariantCulture);
            context.Response.Headers.ETag = $"\"{sha256}\"";
            context.Response.Headers["X-Xet-Hash"] = new string('e', 64);
            context.Response.Headers.Link = $"<{Endpoint}/api/models/{id}/xet-read-token/{repository.Commit}>; rel=\"xet-auth\", <https://cas-server.example/>; rel=\"xet-reconstruction-info\"";
            context.Response.Headers.Location = $"{Storage}/xet-bridge-us/{sha256}?X-Amz-Expires=3600&X-Amz-Signature={signature}&id={Uri.EscapeDataString(id)}&path={Uri.EscapeDataString(path)}";
            EditRedirect?.Invoke(context);
        }
    }

    private async Task AnswerFromStorageAsync(HttpContext context)
    {
        Record("storage", context);
        if (!signatures.ContainsKey(context.Request.Query["X-Amz-Signature"].ToString()))
        {
            context.Response.StatusCode = 403;
            context.Response.ContentType = "application/xml";
            await context.Response.WriteAsync("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>");
            return;
        }

        var bytes = Models.Concat(Datasets).First(repository => repository.Key == context.Request.Query["id"]).Value.Files[context.Request.Query["path"]!].Bytes;
        if (InsteadOfStorage is null || !await InsteadOfStorage(context, bytes))
        {
            await SendAsync(context, bytes, "\"s3-etag-2\"");
        }
    }

    /// <summary>Sends bytes as a web server does, or the range of them that was asked for.</summary>
    public static async Task SendAsync(HttpContext context, byte[] bytes, string etag)
    {
        context.Response.Headers.ETag = etag;
        context.Response.Headers.AcceptRanges = "bytes";
        var (from, to) = (0, bytes.Length - 1);
        if (context.Request.GetTypedHeaders().Range?.Ranges.SingleOrDefault() is { From: { } first } range)
        {
            if (first >= bytes.Length)
            {
                context.Response.StatusCode = 416;
                context.Response.Headers.ContentRange = $"bytes */{bytes.Length}";
                return;
            }

            (from, to) = ((int)first, (int)Math.Min(range.To ?? to, to));
            context.Response.StatusCode = 206;
            context.Response.Headers.ContentRange = $"bytes {from}-{to}/{bytes.Length}";
        }

        context.Response.ContentLength = to - from + 1;
        await context.Response.Body.WriteAsync(bytes.AsMemory(from, to - from + 1));
    }

    private static bool IsKnown(HttpContext context) => context.Request.Headers.Authorization == $"Bearer {GoodToken}";

    private static Task WriteAsync(HttpContext context, JsonNode json)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        return context.Response.WriteAsync(json.ToJsonString());
    }

    public static Task FailAsync(HttpContext context, int status, string? code, string message)
    {
        context.Response.StatusCode = status;
        if (code is not null)
        {
            context.Response.Headers["X-Error-Code"] = code;
        }

        context.Response.Headers["X-Error-Message"] = message;
        return WriteAsync(context, new JsonObject { ["error"] = message });
    }
}
