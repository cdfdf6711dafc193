namespace ModelPlatform.Registry;

/// <summary>Manifests as they lie in the store, unjudged: for verifiers, and for knowing what the store lost.</summary>
public interface IStoredManifests
{
    /// <summary>A version's manifest as its stored bytes; null where it is not published.</summary>
    ValueTask<ReadOnlyMemory<byte>?> ReadBytesAsync(ModelId id, CancellationToken cancellationToken);

    /// <summary>Published versions of which the store lost chunks that are being fetched again: they read <c>downloading</c>.</summary>
    ValueTask<IReadOnlyList<ModelId>> ReadLostAsync(CancellationToken cancellationToken);
}
