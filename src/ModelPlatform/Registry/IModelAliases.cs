using ModelPlatform.Sources;

namespace ModelPlatform.Registry;

/// <summary>Names for versions that can be moved: <c>name@champion</c>.</summary>
public interface IModelAliases
{
    /// <summary>The aliases of a model, by alias.</summary>
    ValueTask<IReadOnlyDictionary<string, string>> ListAsync(string name, CancellationToken cancellationToken);

    /// <summary>Lets an alias stand for a published version.</summary>
    /// <returns>ModelNotFound where the version is not published.</returns>
    Task<Result<ModelId>> SetAsync(ModelId id, string alias, CancellationToken cancellationToken);

    /// <summary>Removes an alias.</summary>
    /// <returns>NotFound where there is none.</returns>
    Task<Result<string>> RemoveAsync(string name, string alias, CancellationToken cancellationToken);
}
