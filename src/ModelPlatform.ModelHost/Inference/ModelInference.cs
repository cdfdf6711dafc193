using ModelPlatform.ModelHost.Loading;
using ModelPlatform.Registry;
using ModelPlatform.Runtimes;
using ModelPlatform.Sources;
using ModelPlatform.Sources.Runtimes;

namespace ModelPlatform.ModelHost.Inference;

/// <summary>Runs loaded models, so many at a time, each within its time.</summary>
internal sealed class ModelInference(ModelLoader loader, IModelRegistry registry, RuntimeOptions options, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim places = new(options.MaxConcurrentInferences > 0 ? options.MaxConcurrentInferences : Math.Max(4, Environment.ProcessorCount * 2));

    /// <summary>What a model takes; or why it cannot be run.</summary>
    public async Task<Result<IReadOnlyList<TensorDescription>>> DescribeAsync(ModelId id, CancellationToken cancellationToken) =>
        loader.Find(id)?.Instance is { } instance ? Result(instance.Model.Inputs) : await WhyNotAsync(id, cancellationToken);

    /// <summary>Runs a model once.</summary>
    public async Task<Result<InferenceAnswer>> RunAsync(ModelId id, IReadOnlyList<NamedTensor> inputs, CancellationToken cancellationToken)
    {
        if (loader.Find(id)?.Instance is not { } instance)
        {
            return await WhyNotAsync(id, cancellationToken);
        }

        if (InputRule.FindFault(inputs, instance.Model.Inputs) is { } fault)
        {
            return fault;
        }

        await places.WaitAsync(cancellationToken);
        try
        {
            return instance.TryEnter() ? await RunAsync(id, instance, inputs, cancellationToken) : Unloading(id);
        }
        finally
        {
            places.Release();
        }
    }

    public void Dispose() => places.Dispose();

    private async Task<Result<InferenceAnswer>> RunAsync(ModelId id, LoadedInstance instance, IReadOnlyList<NamedTensor> inputs, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.InferenceTimeout, time);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, instance.Breaking, cancellationToken);
        var started = time.GetTimestamp();
        var hasFailed = true;
        try
        {
            var result = await instance.Model.InferAsync(inputs, any.Token);
            hasFailed = result.Error is { Code: not ErrorCode.InvalidRequest };
            if (!result.TryGet(out var outputs, out var error))
            {
                return error;
            }

            instance.Probe.Learn(inputs);
            return new InferenceAnswer(outputs, time.GetElapsedTime(started).TotalMilliseconds);
        }
        catch (OperationCanceledException) when (instance.Breaking.IsCancellationRequested)
        {
            hasFailed = false;
            return Unloading(id);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return new PlatformError(ErrorCode.NetworkTimeout, $"The inference took longer than {options.InferenceTimeout.TotalSeconds:0.#} s (Runtimes:InferenceTimeout).");
        }
        catch (OperationCanceledException)
        {
            hasFailed = false;
            throw;
        }
        finally
        {
            instance.Calls.Add(time.GetElapsedTime(started).TotalMilliseconds, hasFailed);
            instance.Exit();
        }
    }

    private async Task<PlatformError> WhyNotAsync(ModelId id, CancellationToken cancellationToken)
    {
        var record = loader.Find(id)?.Record;
        return await registry.FindAsync(new ModelReference(id.Name, id.Version, null), cancellationToken) is null ? new PlatformError(ErrorCode.ModelNotFound, $"There is no model {id} here.")
            : record?.Failure is { } failure && record.Status is ModelStatus.Error ? new PlatformError(ErrorCode.InvalidState, $"{id} is in error, so it cannot infer. Load it again, or reset it. {failure.Error}")
            : ModelLifecycle.Refuse(id.ToString(), record?.Status is ModelStatus.Loading ? ModelStatus.Loading : ModelStatus.Downloaded, ModelLifecycle.Infer)!;
    }

    private static PlatformError Unloading(ModelId id) => new(ErrorCode.InvalidState, $"{id} is being unloaded: load it again to infer.");

    private static Result<IReadOnlyList<TensorDescription>> Result(IReadOnlyList<TensorDescription> inputs) => new List<TensorDescription>(inputs);
}

/// <summary>What an inference gave.</summary>
/// <param name="Outputs">The outputs.</param>
/// <param name="Milliseconds">How long the runtime took.</param>
internal sealed record InferenceAnswer(IReadOnlyList<NamedTensor> Outputs, double Milliseconds);
