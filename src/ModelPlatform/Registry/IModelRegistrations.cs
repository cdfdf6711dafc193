using ModelPlatform.Sources;

namespace ModelPlatform.Registry;

/// <summary>Models that somebody announced, whether their bytes are here or not.</summary>
public interface IModelRegistrations
{
    /// <summary>A registration; null where there is none.</summary>
    ValueTask<ModelRegistration?> FindAsync(ModelId id, CancellationToken cancellationToken);

    /// <summary>All registrations, in ordinal order.</summary>
    IAsyncEnumerable<KeyValuePair<ModelId, ModelRegistration>> ListAsync(CancellationToken cancellationToken);

    /// <summary>Registers a model, or replaces its registration.</summary>
    /// <returns>ModelNameConflict where the name is in use in another spelling.</returns>
    Task<Result<ModelRegistration>> PutAsync(ModelId id, ModelRegistration registration, CancellationToken cancellationToken);

    /// <summary>Forgets a registration. What is published stays.</summary>
    /// <returns>Whether there was one.</returns>
    Task<bool> RemoveAsync(ModelId id, CancellationToken cancellationToken);
}
