using ModelPlatform.Integrity;
using ModelPlatform.Registry;

namespace ModelPlatform.Api.Serving;

/// <summary>The chunks of gated models, so that knowing a hash does not stand in for the token.</summary>
/// <remarks>Asked only for anonymous callers. The set is remade when the list of gated models has changed, looked at once in <see cref="MaxAge"/>.</remarks>
internal sealed class GatedChunks(IModelRegistry registry, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(2);
    private readonly SemaphoreSlim refreshing = new(1, 1);
    private Snapshot current = new([], [], DateTimeOffset.MinValue);

    public async ValueTask<bool> ContainsAsync(Sha256Digest chunk, CancellationToken cancellationToken)
    {
        if (time.GetUtcNow() - current.SeenAt > MaxAge)
        {
            await refreshing.WaitAsync(cancellationToken);
            try
            {
                if (time.GetUtcNow() - current.SeenAt > MaxAge)
                {
                    current = await RefreshAsync(cancellationToken);
                }
            }
            finally
            {
                refreshing.Release();
            }
        }

        return current.Chunks.Contains(chunk);
    }

    public void Dispose() => refreshing.Dispose();

    private async Task<Snapshot> RefreshAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        HashSet<string> models = [];
        string? cursor = null;
        do
        {
            var page = await registry.ListAsync(new CatalogQuery { Limit = 1000, Cursor = cursor }, cancellationToken);
            models.UnionWith(page.Models.Where(row => row.IsGated).Select(row => row.Id));
            cursor = page.NextCursor;
        }
        while (cursor is not null);

        if (models.SetEquals(current.Models))
        {
            return current with { SeenAt = now };
        }

        HashSet<Sha256Digest> chunks = [];
        foreach (var model in models)
        {
            if (ModelReference.TryParse(model, out var reference) && await registry.FindAsync(reference, cancellationToken) is { } entry)
            {
                chunks.UnionWith(entry.Manifest.Artifacts.SelectMany(artifact => artifact.Chunking.ChunkHashes));
            }
        }

        return new Snapshot(models, chunks, now);
    }

    private sealed record Snapshot(HashSet<string> Models, HashSet<Sha256Digest> Chunks, DateTimeOffset SeenAt);
}
