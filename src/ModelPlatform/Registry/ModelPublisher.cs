using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using ModelPlatform.Events;
using ModelPlatform.Fetching;
using ModelPlatform.Manifests;
using ModelPlatform.Sources;

namespace ModelPlatform.Registry;

/// <summary>Publication: the manifest is created last, once, after every chunk is seen, and the chunks are seen once more afterwards.</summary>
internal sealed partial class ModelPublisher(
    IRecordStore store, RegistryRecords records, RegistryIndex index, ChunkPresence presence, PublicationJournal journal, ManifestComposer composer, IEventRaiser events, TimeProvider time,
    ILogger<ModelPublisher> logger)
{
    public async Task<Result<ModelEntry>> PublishAsync(ModelId id, FetchedModel model, ModelCard card, Func<CancellationToken, ValueTask> fence, CancellationToken cancellationToken)
    {
        using var span = RegistryTelemetry.StartPublish(id);
        if (model.Files.Count == 0)
        {
            return new PlatformError(ErrorCode.ModelNotFound, $"{id} cannot be published: it has no files.");
        }

        card = card.PublishedAt == default ? card with { PublishedAt = time.GetUtcNow() } : card;
        var composed = composer.Compose(id, model, card);
        if (!ManifestDocument.Read(composed.Content, id.ToString()).TryGet(out _, out var fault))
        {
            return fault;
        }

        if (Explain(id, await presence.CheckAsync(composed.Manifest.Artifacts, cancellationToken)) is { } gone)
        {
            return gone;
        }

        if (await records.ClaimNameAsync(id.Name, cancellationToken) is { } spelling)
        {
            return new PlatformError(ErrorCode.ModelNameConflict, $"The name {id.Name} differs only in case from {spelling}, which is in use. Use that spelling, or another name.");
        }

        await fence(cancellationToken);
        var publication = new Publication(id, composed.Content, JsonSerializer.SerializeToUtf8Bytes(card, RegistryJson.Default.ModelCard));
        return await CreateAsync(new ModelEntry(id, composed.Manifest, composed.ETag, card), publication, fence, cancellationToken);
    }

    private async Task<Result<ModelEntry>> CreateAsync(ModelEntry entry, Publication publication, Func<CancellationToken, ValueTask> fence, CancellationToken cancellationToken)
    {
        var id = entry.Id;
        await journal.RememberAsync(publication);
        await store.WriteAsync(RegistryPaths.Card(id, entry.ETag), publication.Card, RecordCondition.Absent, cancellationToken);
        await records.WriteChunksAsync(id, entry.ETag, entry.Manifest, cancellationToken);
        await fence(cancellationToken);

        // From here on nobody cancels: either it is published, or it is as if it had never been tried.
        if (await store.WriteAsync(RegistryPaths.Manifest(id), publication.Manifest, RecordCondition.Absent, CancellationToken.None) is not { } created)
        {
            return await YieldAsync(entry, publication);
        }

        if (Explain(id, await presence.CheckAsync(entry.Manifest.Artifacts, CancellationToken.None)) is { } gone)
        {
            await journal.ForgetAsync(publication.Key);
            await store.DeleteAsync(RegistryPaths.Manifest(id), RecordCondition.Unchanged(created), CancellationToken.None);
            await records.DeleteCompanionsAsync(id, entry.ETag, CancellationToken.None);
            return gone;
        }

        await index.UpdateAsync(id, CancellationToken.None);
        LogPublished(id, entry.Size, entry.Manifest.Artifacts.Count);
        Tell(entry);
        return entry;
    }

    /// <summary>Somebody else has created the manifest: the same model from the same origin is a success, anything else a conflict.</summary>
    private async Task<Result<ModelEntry>> YieldAsync(ModelEntry mine, Publication publication)
    {
        if (!(await records.ReadAsync(mine.Id, CancellationToken.None)).TryGet(out var winner, out var error))
        {
            return error;
        }

        if (winner?.ETag == mine.ETag)
        {
            // The answer to the creation was lost, and the creation sent again met itself.
            await index.UpdateAsync(mine.Id, CancellationToken.None);
            Tell(winner);
            return winner;
        }

        await journal.ForgetAsync(publication.Key);
        await records.DeleteCompanionsAsync(mine.Id, mine.ETag, CancellationToken.None);
        if (winner is null)
        {
            return new PlatformError(ErrorCode.StorageFailed, $"{mine.Id} was published and deleted while it was being published here. Try again.");
        }

        await index.UpdateAsync(mine.Id, CancellationToken.None);
        if (HasSameContent(winner.Manifest, mine.Manifest) && winner.Card.Origin == mine.Card.Origin)
        {
            return winner;
        }

        var origin = winner.Card.Origin is { } other ? $"{other.Source} {other.Reference}" : "an upload";
        return new PlatformError(ErrorCode.ModelNameConflict, $"Model {mine.Id} already exists from a different source or with other content ({origin}). Delete it first or use a different modelName/modelVersion.");
    }

    private void Tell(ModelEntry entry) => events.Raise(EventTypes.ModelPublished, entry.Id.ToString(), new JsonObject
    {
        ["size"] = entry.Size,
        ["files"] = entry.Manifest.Artifacts.Count,
        ["framework"] = entry.Manifest.Model.Framework,
        ["stage"] = entry.Card.Stage,
        ["manifestHash"] = entry.Manifest.Integrity?.ManifestHash.ToString(),
    });

    private static bool HasSameContent(Manifest one, Manifest other) =>
        one.Artifacts.Count == other.Artifacts.Count
        && one.Artifacts.OrderBy(artifact => artifact.Path, StringComparer.Ordinal).Zip(other.Artifacts.OrderBy(artifact => artifact.Path, StringComparer.Ordinal))
            .All(pair => pair.First.Path == pair.Second.Path && pair.First.Size == pair.Second.Size && pair.First.Sha256 == pair.Second.Sha256);

    private static PlatformError? Explain(ModelId id, ChunkFindings findings) => findings switch
    {
        { Wrong: [var (chunk, expected, actual), ..] } => new PlatformError(ErrorCode.IntegrityFailed, $"{id} cannot be published: chunk {chunk} has {actual} bytes in the store, expected {expected}."),
        { Missing: [var chunk, ..] } => new PlatformError(ErrorCode.StorageFailed, $"{id} cannot be published: {findings.Missing.Count} of its chunks are gone from the store, the first is {chunk}. They must be fetched again."),
        _ => null,
    };

    [LoggerMessage(4011, LogLevel.Information, "Published {Model}: {Bytes} bytes in {Files} files")]
    private partial void LogPublished(ModelId model, long bytes, int files);
}
