namespace ModelPlatform.Sources.Runtimes;

/// <summary>Loads models of some frameworks. All members are called concurrently.</summary>
/// <remarks>Expected failures are results. The host bounds the time of every call, counts, checks health and keeps the states; a runtime only loads, infers and lets go.</remarks>
public interface IModelRuntime : IAsyncDisposable
{
    /// <summary>The frameworks it can load, for example <c>onnx</c>.</summary>
    IReadOnlyList<string> Frameworks { get; }

    /// <summary>Loads a model. It is in memory, and ready to infer, when this returns.</summary>
    /// <param name="model">Its files, proven byte for byte when they are read.</param>
    /// <param name="configuration">What the caller set.</param>
    /// <param name="cancellationToken">The time allowed is over, or the load is no longer wanted.</param>
    /// <returns>The model; disposing it frees all its memory.</returns>
    ValueTask<Result<ILoadedModel>> LoadAsync(RuntimeModel model, RuntimeConfiguration configuration, CancellationToken cancellationToken);
}
