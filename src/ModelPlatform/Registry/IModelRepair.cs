using ModelPlatform.Integrity;

namespace ModelPlatform.Registry;

/// <summary>Brings back chunks that a published model names and the store has lost.</summary>
public interface IModelRepair
{
    /// <summary>Asks for the chunks. Asking again for the same is harmless; the registry asks until they are there.</summary>
    /// <param name="model">The model that names them, with its origin.</param>
    /// <param name="missing">The chunks, each once.</param>
    /// <param name="cancellationToken">Cancels the asking.</param>
    ValueTask RequestAsync(ModelEntry model, IReadOnlyCollection<Sha256Digest> missing, CancellationToken cancellationToken);
}
