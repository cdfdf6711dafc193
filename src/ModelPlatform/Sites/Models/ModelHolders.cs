using System.Text;
using System.Text.Json;
using ModelPlatform.Documents;
using ModelPlatform.Documents.Log;
using ModelPlatform.Documents.Replication;
using ModelPlatform.Registry;

namespace ModelPlatform.Sites.Models;

/// <summary>Finds which model a blob belongs to and which sites hold it, by what the sites say.</summary>
internal sealed class ModelHolders(DocumentLog log, SiteBoard board)
{
    /// <summary>The model with a blob of this hash; null where no site says that it holds one.</summary>
    public async ValueTask<HeldModel?> FindAsync(string hash, CancellationToken cancellationToken)
    {
        var wanted = Encoding.UTF8.GetBytes($"\"{ModelDocuments.Bare(hash)}\"");
        return await log.ReadAsync(view => view.Map.Ids(ModelDocuments.Collection, null)
            .Select(id => Read(view, id, reference => reference.Utf8.Span.IndexOf(wanted) >= 0))
            .FirstOrDefault(model => model is not null), cancellationToken);
    }

    /// <summary>A model by its id; null where no site says that it holds it.</summary>
    public ValueTask<HeldModel?> FindByIdAsync(string id, CancellationToken cancellationToken) => log.ReadAsync(view => Read(view, id, _ => true), cancellationToken);

    private HeldModel? Read(LogView view, string id, Func<RawJson, bool> matches)
    {
        var holders = view.Map.FindDocument(ModelDocuments.Collection, id)?.Where(field => field.Key.StartsWith(ModelDocuments.HolderPrefix, StringComparison.Ordinal)).ToList();
        var live = holders?.Where(field => field.Value.State.Value is { } value && matches(value)).ToList();
        if (live is not { Count: > 0 } || !ModelId.TryParse(id, out var model))
        {
            return null;
        }

        var own = ModelDocuments.HolderPrefix + view.Site;
        var blob = JsonSerializer.Deserialize(live[0].Value.State.Value!.Utf8.Span, DocumentsJson.Default.BlobReference)!;
        var others = live.Where(field => field.Key != own).Select(field => field.Key[ModelDocuments.HolderPrefix.Length..]).Select(site => (Id: site, Name: board.NameOf(site))).ToList();
        return new HeldModel(
            model,
            blob,
            live.Any(field => field.Key == own),
            holders!.Any(field => field.Key == own && field.Value.State.Value is null),
            // Those that answer first, and of them those that answered last: the nearest is whoever is there.
            [.. others.Where(site => site.Name is not null).OrderByDescending(site => board.Of(site.Name!).State == SiteState.Connected).Select(site => site.Name!)],
            [.. others.Select(site => site.Id)]);
    }
}

/// <summary>A model that sites hold.</summary>
/// <param name="Id">The model.</param>
/// <param name="Blob">Its primary artifact.</param>
/// <param name="IsHere">This site holds it.</param>
/// <param name="WasRemovedHere">This site held it and removed it.</param>
/// <param name="Sites">Names of the known sites that hold it, reachable ones first.</param>
/// <param name="Holders">Ids of all that say they do.</param>
internal sealed record HeldModel(ModelId Id, BlobReference Blob, bool IsHere, bool WasRemovedHere, IReadOnlyList<string> Sites, IReadOnlyList<string> Holders);
