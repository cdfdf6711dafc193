using System.Text.Json;
using ModelPlatform.Manifests;
using ModelPlatform.Sources;

namespace ModelPlatform.Registry;

/// <summary>One record of aliases for each name.</summary>
internal sealed class ModelAliases(IRecordStore store) : IModelAliases
{
    public async ValueTask<IReadOnlyDictionary<string, string>> ListAsync(string name, CancellationToken cancellationToken) =>
        (await ReadAsync(name, cancellationToken)).Aliases;

    public async Task<Result<ModelId>> SetAsync(ModelId id, string alias, CancellationToken cancellationToken)
    {
        if (!ModelId.IsValidVersion(alias))
        {
            return new PlatformError(ErrorCode.InvalidRequest, "alias must have the form of a version: letters, digits, dot, underscore and dash.");
        }

        if (await store.ReadAsync(RegistryPaths.Manifest(id), cancellationToken) is null)
        {
            return new PlatformError(ErrorCode.ModelNotFound, $"There is no model {id} here.");
        }

        await ChangeAsync(id.Name, aliases => aliases[alias] = id.Version, cancellationToken);
        return id;
    }

    public async Task<Result<string>> RemoveAsync(string name, string alias, CancellationToken cancellationToken)
    {
        var existed = false;
        await ChangeAsync(name, aliases => existed = aliases.Remove(alias), cancellationToken);
        return existed ? alias : new PlatformError(ErrorCode.NotFound, $"The model {name} has no alias {alias}.");
    }

    /// <summary>The version an alias stands for.</summary>
    public async ValueTask<string?> ResolveAsync(string name, string alias, CancellationToken cancellationToken) =>
        (await ReadAsync(name, cancellationToken)).Aliases.GetValueOrDefault(alias);

    /// <summary>Removes the aliases of a version that is gone.</summary>
    public Task RemoveAllOfAsync(ModelId id, CancellationToken cancellationToken) => ChangeAsync(id.Name, aliases =>
    {
        foreach (var alias in aliases.Where(pair => pair.Value == id.Version).Select(pair => pair.Key).ToList())
        {
            aliases.Remove(alias);
        }
    }, cancellationToken);

    private async Task ChangeAsync(string name, Action<SortedDictionary<string, string>> change, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (aliases, etag) = await ReadAsync(name, cancellationToken);
            var before = aliases.ToList();
            change(aliases);
            if (before.SequenceEqual(aliases))
            {
                return;
            }

            var condition = etag is null ? RecordCondition.Absent : RecordCondition.Unchanged(etag);
            if (await store.WriteAsync(RegistryPaths.Aliases(name), JsonSerializer.SerializeToUtf8Bytes(aliases, RegistryJson.Default.Aliases), condition, cancellationToken) is not null)
            {
                return;
            }
        }
    }

    private async ValueTask<(SortedDictionary<string, string> Aliases, string? ETag)> ReadAsync(string name, CancellationToken cancellationToken)
    {
        var record = await store.ReadAsync(RegistryPaths.Aliases(name), cancellationToken);
        var read = record is null ? null : JsonSerializer.Deserialize(record.Content.Span, RegistryJson.Default.Aliases);
        return (new SortedDictionary<string, string>(read ?? [], StringComparer.Ordinal), record?.ETag);
    }
}
