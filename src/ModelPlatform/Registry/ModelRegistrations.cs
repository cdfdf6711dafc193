using System.Runtime.CompilerServices;
using System.Text.Json;
using ModelPlatform.Manifests;
using ModelPlatform.Sources;

namespace ModelPlatform.Registry;

/// <summary>A record for each registration.</summary>
internal sealed class ModelRegistrations(IRecordStore store, RegistryRecords records, TimeProvider time) : IModelRegistrations
{
    public async ValueTask<ModelRegistration?> FindAsync(ModelId id, CancellationToken cancellationToken) =>
        await store.ReadAsync(RegistryPaths.Registration(id), cancellationToken) is { } record
            ? JsonSerializer.Deserialize(record.Content.Span, RegistryJson.Default.ModelRegistration)
            : null;

    public async IAsyncEnumerable<KeyValuePair<ModelId, ModelRegistration>> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var path in store.ListAsync(RegistryPaths.Registered, cancellationToken))
        {
            if (RegistryPaths.IdOfRegistration(path) is { } id && await FindAsync(id, cancellationToken) is { } registration)
            {
                yield return KeyValuePair.Create(id, registration);
            }
        }
    }

    public async Task<Result<ModelRegistration>> PutAsync(ModelId id, ModelRegistration registration, CancellationToken cancellationToken)
    {
        if (await records.ClaimNameAsync(id.Name, cancellationToken) is { } spelling)
        {
            return new PlatformError(ErrorCode.ModelNameConflict, $"The name {id.Name} differs only in case from {spelling}, which is in use. Use that spelling, or another name.");
        }

        var stored = registration with { RegisteredAt = (await FindAsync(id, cancellationToken))?.RegisteredAt ?? time.GetUtcNow() };
        await store.WriteAsync(RegistryPaths.Registration(id), JsonSerializer.SerializeToUtf8Bytes(stored, RegistryJson.Default.ModelRegistration), RecordCondition.None, cancellationToken);
        return stored;
    }

    public async Task<bool> RemoveAsync(ModelId id, CancellationToken cancellationToken) =>
        await store.DeleteAsync(RegistryPaths.Registration(id), RecordCondition.None, cancellationToken);
}
