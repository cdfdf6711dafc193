using ModelPlatform.Plugins;
using ModelPlatform.Sources;
using ModelPlatform.Sources.Runtimes;

namespace ModelPlatform.Runtimes;

/// <summary>A model that a plugin's runtime loaded, as the rest of the platform sees it.</summary>
internal sealed class IsolatedModel(string name, ILoadedModel model, IsolatedCall calls, PluginLimits limits) : ILoadedModel
{
    public IReadOnlyList<TensorDescription> Inputs { get; } = [.. model.Inputs];

    public IReadOnlyList<TensorDescription> Outputs { get; } = [.. model.Outputs];

    public string? ModelType { get; } = model.ModelType;

    public async ValueTask<Result<bool>> ConfigureAsync(RuntimeConfiguration configuration, CancellationToken cancellationToken) =>
        await calls.RunAsync($"configuring with {name}", limits.Operation, token => model.ConfigureAsync(configuration, token), cancellationToken);

    public async ValueTask<Result<IReadOnlyList<NamedTensor>>> InferAsync(IReadOnlyList<NamedTensor> inputs, CancellationToken cancellationToken) =>
        await calls.RunAsync($"inferring with {name}", Timeout.InfiniteTimeSpan, token => model.InferAsync(inputs, token), cancellationToken);

    public async ValueTask<ModelHealth> CheckHealthAsync(CancellationToken cancellationToken) =>
        (await calls.RunAsync<ModelHealth>($"the health check of {name}", limits.Health, async token => await model.CheckHealthAsync(token), cancellationToken)).TryGet(out var health, out _)
            ? health : ModelHealth.Unhealthy;

    public async ValueTask DisposeAsync() => await calls.RunAsync<bool>($"unloading with {name}", limits.Operation, async _ =>
    {
        await model.DisposeAsync();
        return true;
    }, CancellationToken.None);
}
