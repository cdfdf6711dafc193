using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ModelPlatform.Documents;
using ModelPlatform.Documents.Log;
using ModelPlatform.Events;
using ModelPlatform.Registry;
using ModelPlatform.Sources;
using StackExchange.Redis;

namespace ModelPlatform.Sites.Models;

/// <summary>
/// Each published model is a document by itself, and says that this site holds it; a deleted one says so no longer. Looks when the registry tells of a change,
/// and now and then at everything, so that a change nobody told of is found too. What is gated is announced to nobody.
/// </summary>
internal sealed partial class ModelAnnouncements(IModelRegistry registry, IDocumentStore documents, DocumentLog log, IEventLog events, TimeProvider time, ILogger<ModelAnnouncements> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);
    private readonly SemaphoreSlim wanted = new(0);

    /// <summary>Compares the registry with the documents once.</summary>
    public async Task AnnounceAsync(CancellationToken cancellationToken)
    {
        var own = await log.ReadAsync(view => view.Site, cancellationToken);
        var field = ModelDocuments.HolderPrefix + own;
        var here = new HashSet<string>(StringComparer.Ordinal);
        string? cursor = null;
        do
        {
            var page = await registry.ListAsync(new CatalogQuery { Limit = 1000, Cursor = cursor }, cancellationToken);
            foreach (var row in page.Models.Where(row => !row.IsGated && DocumentKey.TryCreate(ModelDocuments.Collection, row.Id, out _)))
            {
                here.Add(row.Id);
                await AnnounceAsync(row, field, cancellationToken);
            }

            cursor = page.NextCursor;
        }
        while (cursor is not null);

        var gone = await log.ReadAsync(view => view.Map.Ids(ModelDocuments.Collection, null).Where(id => !here.Contains(id) && view.Map.FindDocument(ModelDocuments.Collection, id)!.GetValueOrDefault(field)?.State.Value is not null).ToList(), cancellationToken);
        foreach (var id in gone)
        {
            await documents.RemoveAsync(new DocumentKey(ModelDocuments.Collection, id), field, cancellationToken);
            LogGone(id);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var listening = ListenAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await AnnounceAsync(stoppingToken);
                await wanted.WaitAsync(Interval, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException or PlatformException)
            {
                LogWaits(exception.Message);
                await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        await listening;
    }

    private async Task AnnounceAsync(CatalogRow row, string field, CancellationToken cancellationToken)
    {
        var key = new DocumentKey(ModelDocuments.Collection, row.Id);
        if (ModelDocuments.MerkleRootOf(await documents.FindAsync(key, field, cancellationToken)) == row.MerkleRoot
            || !ModelId.TryParse(row.Id, out var id) || await registry.FindAsync(new ModelReference(id.Name, id.Version, null), cancellationToken) is not { } entry)
        {
            return;
        }

        if (await documents.FindDocumentAsync(key, cancellationToken) is null)
        {
            await documents.StoreDocumentAsync(key, ModelDocuments.DocumentOf(entry), cancellationToken);
        }

        await documents.StoreAsync(key, field, ModelDocuments.ReferenceOf(entry), cancellationToken);
        LogAnnounced(row.Id);
    }

    private async Task ListenAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await foreach (var _ in events.WatchAsync(new EventFilter { Types = [EventTypes.ModelPublished, EventTypes.ModelDeleted, EventTypes.JobCompleted] }, null, stoppingToken))
                {
                    wanted.Release();
                }
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException or OperationCanceledException)
            {
                await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    [LoggerMessage(1, LogLevel.Information, "{Model} is announced to the other sites")]
    private partial void LogAnnounced(string model);

    [LoggerMessage(2, LogLevel.Information, "{Model} is no longer held here")]
    private partial void LogGone(string model);

    [LoggerMessage(3, LogLevel.Warning, "Announcing models waits: {Reason}")]
    private partial void LogWaits(string reason);
}
