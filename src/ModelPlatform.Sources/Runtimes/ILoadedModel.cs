namespace ModelPlatform.Sources.Runtimes;

/// <summary>A model in memory. All members are called concurrently; disposing it, after the last call has ended, unloads it.</summary>
public interface ILoadedModel : IAsyncDisposable
{
    /// <summary>What it takes.</summary>
    IReadOnlyList<TensorDescription> Inputs { get; }

    /// <summary>What it gives.</summary>
    IReadOnlyList<TensorDescription> Outputs { get; }

    /// <summary>caption_generator, detection_model, embedding_model, diffusion_lm or classification_model, where the graph tells; null where it does not.</summary>
    string? ModelType { get; }

    /// <summary>Takes a changed configuration without loading again.</summary>
    /// <returns>Whether it applies now; false where the model has to be loaded again for it.</returns>
    ValueTask<Result<bool>> ConfigureAsync(RuntimeConfiguration configuration, CancellationToken cancellationToken);

    /// <summary>Runs the model once.</summary>
    /// <param name="inputs">One tensor for each input. The host has checked names, element types and ranks against <see cref="Inputs"/>.</param>
    /// <param name="cancellationToken">Ends the run as soon as the runtime can.</param>
    ValueTask<Result<IReadOnlyList<NamedTensor>>> InferAsync(IReadOnlyList<NamedTensor> inputs, CancellationToken cancellationToken);

    /// <summary>What the runtime itself knows of the model's health. The host infers with made-up inputs besides.</summary>
    ValueTask<ModelHealth> CheckHealthAsync(CancellationToken cancellationToken) => new(ModelHealth.Healthy);
}
