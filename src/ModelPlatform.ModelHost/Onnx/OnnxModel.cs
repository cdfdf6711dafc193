using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using ModelPlatform.Sources;
using ModelPlatform.Sources.Runtimes;

namespace ModelPlatform.ModelHost.Onnx;

/// <summary>A session. Inputs are passed to it where they lie; outputs are copied once.</summary>
internal sealed class OnnxModel : ILoadedModel
{
    /// <summary>What a session is made with: a change of these needs another session.</summary>
    private static readonly string[] LoadMembers = ["runtime", "artifact", "threads", "executionProviders", "forceCpu"];

    private readonly string id;
    private readonly InferenceSession session;
    private volatile RuntimeConfiguration configuration;

    public OnnxModel(string id, InferenceSession session, RuntimeConfiguration configuration)
    {
        (this.id, this.session, this.configuration) = (id, session, configuration);
        Inputs = OnnxTypes.Describe(session.InputNames, session.InputMetadata);
        Outputs = OnnxTypes.Describe(session.OutputNames, session.OutputMetadata);
        ModelType = GraphType.Of(Inputs, Outputs);
    }

    public IReadOnlyList<TensorDescription> Inputs { get; }

    public IReadOnlyList<TensorDescription> Outputs { get; }

    public string? ModelType { get; }

    public ValueTask<Result<bool>> ConfigureAsync(RuntimeConfiguration configuration, CancellationToken cancellationToken)
    {
        var needsLoad = LoadMembers.Any(member => this.configuration.Values[member]?.ToJsonString() != configuration.Values[member]?.ToJsonString() && !IsSameSession(member, configuration));
        if (!needsLoad)
        {
            this.configuration = configuration;
        }

        return new(!needsLoad);
    }

    public ValueTask<Result<IReadOnlyList<NamedTensor>>> InferAsync(IReadOnlyList<NamedTensor> inputs, CancellationToken cancellationToken)
    {
        var settings = configuration;
        if (settings.BatchSize is { } most && inputs.FirstOrDefault(input => input.Shape.Count > 1 && input.Shape[0] > most) is { } large)
        {
            return Refuse(new PlatformError(ErrorCode.InvalidRequest, $"The input {large.Name} has {large.Shape[0]} rows; batchSize of {id} is {most}."));
        }

        using var options = new RunOptions();
        using var terminating = cancellationToken.Register(static state => ((RunOptions)state!).Terminate = true, options);
        var pins = new List<GCHandle>(inputs.Count);
        var values = new List<OrtValue>(inputs.Count);
        try
        {
            foreach (var input in inputs)
            {
                values.Add(Wrap(input, pins));
            }

            using var results = session.Run(options, [.. inputs.Select(input => input.Name)], values, session.OutputNames);
            return new(Result(results, settings));
        }
        catch (OnnxRuntimeException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (OnnxRuntimeException exception)
        {
            return Refuse(OnnxFailure.OfRun(id, exception));
        }
        finally
        {
            values.ForEach(value => value.Dispose());
            pins.ForEach(pin => pin.Free());
        }
    }

    public ValueTask DisposeAsync()
    {
        session.Dispose();
        return ValueTask.CompletedTask;
    }

    private static ValueTask<Result<IReadOnlyList<NamedTensor>>> Refuse(PlatformError error) => new((Result<IReadOnlyList<NamedTensor>>)error);

    /// <summary>forceCpu changes nothing where nothing but the processor is used anyway.</summary>
    private bool IsSameSession(string member, RuntimeConfiguration changed) =>
        member == "forceCpu" && configuration.ExecutionProviders.Count == 0 && changed.ExecutionProviders.Count == 0;

    private static OrtValue Wrap(NamedTensor input, List<GCHandle> pins)
    {
        var bytes = MemoryMarshal.TryGetArray(input.Data, out var array) ? array : new ArraySegment<byte>(input.Data.ToArray());
        var pin = GCHandle.Alloc(bytes.Array, GCHandleType.Pinned);
        pins.Add(pin);
        var address = bytes.Count == 0 ? pin.AddrOfPinnedObject() : pin.AddrOfPinnedObject() + bytes.Offset;
        return OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, OnnxTypes.TypeOf(input.DataType), [.. input.Shape], address, bytes.Count);
    }

    private Result<IReadOnlyList<NamedTensor>> Result(IDisposableReadOnlyCollection<OrtValue> results, RuntimeConfiguration settings)
    {
        var outputs = new NamedTensor[results.Count];
        for (var i = 0; i < outputs.Length; i++)
        {
            var name = session.OutputNames[i];
            if (!results[i].IsTensor || TensorType.SizeOf(OnnxTypes.WordOf(results[i].GetTensorTypeAndShape().ElementDataType)) == 0)
            {
                return new PlatformError(ErrorCode.UnsupportedFramework, $"The output {name} of {id} is not a tensor of numbers: it cannot be sent.");
            }

            var shape = results[i].GetTensorTypeAndShape();
            var data = results[i].GetTensorMutableRawData().ToArray();
            Cut(data, shape.ElementDataType, settings);
            outputs[i] = new NamedTensor(name, OnnxTypes.WordOf(shape.ElementDataType), shape.Shape, data);
        }

        return outputs;
    }

    /// <summary>Scores of a detection or a classification below the threshold count as none.</summary>
    private void Cut(Span<byte> data, Microsoft.ML.OnnxRuntime.Tensors.TensorElementType type, RuntimeConfiguration settings)
    {
        if (settings.Threshold is not { } threshold || type is not Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float || ModelType is not ("detection_model" or "classification_model"))
        {
            return;
        }

        foreach (ref var score in MemoryMarshal.Cast<byte, float>(data))
        {
            score = score < threshold ? 0 : score;
        }
    }
}
