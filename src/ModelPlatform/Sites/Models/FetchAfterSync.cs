using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ModelPlatform.Documents;
using ModelPlatform.Documents.Log;
using ModelPlatform.Documents.Replication;
using ModelPlatform.Jobs;
using ModelPlatform.Registry;
using ModelPlatform.Sites.Exchange;
using ModelPlatform.Sources;
using StackExchange.Redis;

namespace ModelPlatform.Sites.Models;

/// <summary>Brings here what the policy of a collection wants, once a document says that it is somewhere. What no reachable site has is waited for, tried again, and told.</summary>
internal sealed partial class FetchAfterSync(DocumentLog log, ModelHolders holders, SiteFetches fetches, IFetchJobs jobs, IModelRegistry registry, IModelRegistrations registrations, SiteReports reports, IOptions<SiteOptions> options, TimeProvider time, ILogger<FetchAfterSync> logger)
    : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    private readonly Dictionary<string, WantedModel> wanted = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim changed = new(0);
    private long position;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var policies = options.Value.Fetch.ToDictionary(pair => pair.Key, pair => FetchPolicy.TryParse(pair.Value, out var policy) ? policy : new(FetchPolicyKind.None), StringComparer.Ordinal);
        if (policies.Values.All(policy => policy.Kind == FetchPolicyKind.None))
        {
            return;
        }

        log.Changed += () => changed.Release();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await LookAsync(policies, stoppingToken);
                foreach (var (id, model) in wanted.Where(pair => pair.Value.DueAt <= time.GetUtcNow()).ToList())
                {
                    wanted[id] = await BringAsync(id, model, stoppingToken);
                    if (wanted[id].IsDone)
                    {
                        wanted.Remove(id);
                    }
                }

                await changed.WaitAsync(Interval, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException or PlatformException)
            {
                LogWaits(exception.Message);
                await Task.Delay(Interval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Notes what changed documents point to.</summary>
    private async Task LookAsync(Dictionary<string, FetchPolicy> policies, CancellationToken cancellationToken)
    {
        var (states, head) = await log.ReadAsync(view => (view.Map.ChangesAfter(position).Select(cell => cell.State).Where(state => state.Value is not null && policies.ContainsKey(state.Collection)).ToList(), view.Map.Position), cancellationToken);
        foreach (var state in states)
        {
            foreach (var hash in HashesOf(state))
            {
                if (await holders.FindAsync(hash, cancellationToken) is { IsHere: false, WasRemovedHere: false } model && !wanted.ContainsKey(model.Id.ToString()))
                {
                    var (bytes, tags) = (Number(model.Blob, "total_size"), model.Blob.Metadata.Custom?.GetValueOrDefault("tags")?.Split(',') ?? []);
                    var policy = policies[state.Collection];
                    if (policy.Wants(bytes, tags))
                    {
                        wanted[model.Id.ToString()] = new WantedModel();
                    }
                    else if (policy.Kind == FetchPolicyKind.Manifests)
                    {
                        await RegisterAsync(model, bytes, cancellationToken);
                    }
                }
            }
        }

        position = head;
    }

    private async Task<WantedModel> BringAsync(string id, WantedModel model, CancellationToken cancellationToken)
    {
        if (!ModelId.TryParse(id, out var modelId) || await registry.FindAsync(new ModelReference(modelId.Name, modelId.Version, null), cancellationToken) is not null)
        {
            return model with { IsDone = true };
        }

        if (model.JobId is not null && await jobs.FindAsync(model.JobId, cancellationToken) is { } job)
        {
            if (job.Status is FetchStatus.Completed or FetchStatus.Cancelled)
            {
                return model with { IsDone = true };
            }

            return job.Status == FetchStatus.Failed ? Later(id, model with { JobId = null }, job.LastError) : model with { DueAt = time.GetUtcNow() + Interval };
        }

        if (await holders.FindByIdAsync(id, cancellationToken) is not { } held || held.WasRemovedHere)
        {
            return model with { IsDone = true };
        }

        if (held.Sites.Count == 0)
        {
            return Later(id, model, $"none of the sites that hold it ({string.Join(", ", held.Holders)}) is known here");
        }

        return !(await fetches.RequestAsync(held, cancellationToken)).TryGet(out var ticket, out var error)
            ? Later(id, model, error.Message)
            : ticket.JobId is null ? model with { IsDone = true } : model with { JobId = ticket.JobId, DueAt = time.GetUtcNow() + Interval, Told = null };
    }

    private WantedModel Later(string id, WantedModel model, string? reason)
    {
        if (model.Told != reason)
        {
            reports.Model(string.Empty, id, "waiting", reason);
        }

        var pause = model.Pause == default ? FirstPause : model.Pause * 2 < LongestPause ? model.Pause * 2 : LongestPause;
        return model with { Pause = pause, DueAt = time.GetUtcNow() + pause, Told = reason };
    }

    private async Task RegisterAsync(HeldModel model, long bytes, CancellationToken cancellationToken)
    {
        if (await registrations.FindAsync(model.Id, cancellationToken) is null && model.Sites.Count > 0)
        {
            await registrations.PutAsync(model.Id, new ModelRegistration
            {
                ModelType = "other",
                RepoId = $"{model.Sites[0]}/{model.Id}",
                Description = $"Held by the sites {string.Join(", ", model.Holders)}",
                TotalSizeEstimate = bytes,
                FileCountEstimate = (int)Number(model.Blob, "files"),
                RegisteredAt = time.GetUtcNow(),
            }, cancellationToken);
        }
    }

    private static IEnumerable<string> HashesOf(FieldState state) => state.Field == DocumentKey.ReservedField
        ? JsonSerializer.Deserialize(state.Value!.Utf8.Span, DocumentsJson.Default.ModelRegistryDocument)!.Variants.Values.Select(variant => variant.Blob.Hash)
        : [JsonSerializer.Deserialize(state.Value!.Utf8.Span, DocumentsJson.Default.BlobReference)!.Hash];

    private static long Number(BlobReference blob, string name) => long.TryParse(blob.Metadata.Custom?.GetValueOrDefault(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : blob.SizeBytes;

    [LoggerMessage(1, LogLevel.Warning, "Fetching what other sites have waits: {Reason}")]
    private partial void LogWaits(string reason);

    private sealed record WantedModel
    {
        public string? JobId { get; init; }

        public DateTimeOffset DueAt { get; init; }

        public TimeSpan Pause { get; init; }

        public string? Told { get; init; }

        public bool IsDone { get; init; }
    }
}
