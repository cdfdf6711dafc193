using Microsoft.ML.OnnxRuntime;
using ModelPlatform.Sources;
using ModelPlatform.Sources.Runtimes;
using SessionOptions = Microsoft.ML.OnnxRuntime.SessionOptions;

namespace ModelPlatform.ModelHost.Onnx;

/// <summary>ONNX Runtime. The graph is read from verified chunks into memory; data outside of it is mapped by the runtime from verified copies.</summary>
internal sealed class OnnxRuntime : IModelRuntime
{
    public const string Name = "onnx";
    private const string ExternalDirectory = "session.model_external_initializers_file_folder_path";
    private const string CpuProvider = "CPUExecutionProvider";

    public IReadOnlyList<string> Frameworks { get; } = ["onnx", "transformers"];

    public async ValueTask<Result<ILoadedModel>> LoadAsync(RuntimeModel model, RuntimeConfiguration configuration, CancellationToken cancellationToken)
    {
        var path = configuration.Artifact ?? model.Artifacts.FirstOrDefault(artifact => artifact.Path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase))?.Path;
        if (path is null)
        {
            return new PlatformError(ErrorCode.UnsupportedFramework, $"{model.Id} holds no .onnx file: ONNX Runtime cannot load it.");
        }

        if (!(await model.ReadAsync(path, cancellationToken)).TryGet(out var graph, out var error))
        {
            return error;
        }

        if (!OnnxGraph.TryReadExternalPaths(graph, out var external))
        {
            return new PlatformError(ErrorCode.IntegrityFailed, $"{path} of {model.Id} is not a whole ONNX model: its structure is broken. Its bytes are those that were fetched, so the model itself is bad.");
        }

        if (!(await PlaceAsync(model, path, external, cancellationToken)).TryGet(out var directory, out error))
        {
            return error;
        }

        if (!Describe(configuration, directory).TryGet(out var options, out error))
        {
            return error;
        }

        using (options)
        {
            using var cancelling = cancellationToken.Register(() => options.SetLoadCancellationFlag(true));
            try
            {
                return new OnnxModel(model.Id, new InferenceSession(graph, options), configuration);
            }
            catch (OnnxRuntimeException) when (cancellationToken.IsCancellationRequested)
            {
                return new PlatformError(ErrorCode.NetworkTimeout, $"Loading {model.Id} took too long and was broken off.");
            }
            catch (OnnxRuntimeException exception)
            {
                return OnnxFailure.OfLoad(model.Id, path, exception);
            }
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Lays the files the graph refers to where the runtime may map them. A graph without any gets an empty name: nothing outside the graph is ever opened.</summary>
    private static async ValueTask<Result<string>> PlaceAsync(RuntimeModel model, string graphPath, IReadOnlyCollection<string> external, CancellationToken cancellationToken)
    {
        if (external.Count == 0)
        {
            return string.Empty;
        }

        var folder = graphPath.LastIndexOf('/') is var slash and >= 0 ? graphPath[..(slash + 1)] : string.Empty;
        var files = new List<string>(external.Count);
        foreach (var location in external)
        {
            if (ArtifactPath.FindFault(location) is { } fault)
            {
                return new PlatformError(ErrorCode.SecurityViolation, $"{graphPath} of {model.Id} refers to data outside its directory: {fault}.");
            }

            if (!model.Artifacts.Any(artifact => artifact.Path == folder + location))
            {
                return new PlatformError(ErrorCode.NotFound, $"{graphPath} of {model.Id} refers to the data file {location}, which is not part of the model: fetch the model again with all its files.");
            }

            files.Add(folder + location);
        }

        return (await model.PlaceAsync(files, cancellationToken)).TryGet(out var directory, out var error) ? Path.Combine(directory, folder) : error;
    }

    private static Result<SessionOptions> Describe(RuntimeConfiguration configuration, string directory)
    {
        // Errors only: what goes wrong comes as an exception.
        var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        if (configuration.Threads is { } threads)
        {
            options.IntraOpNumThreads = threads;
        }

        if (directory.Length > 0)
        {
            options.AddSessionConfigEntry(ExternalDirectory, directory);
        }

        foreach (var provider in configuration.ForceCpu ? [] : configuration.ExecutionProviders.Where(name => name != CpuProvider))
        {
            if (!OrtEnv.Instance().GetAvailableProviders().Contains(provider))
            {
                options.Dispose();
                return new PlatformError(ErrorCode.UnsupportedFramework,
                    $"The execution provider {provider} is not available here. Available: {string.Join(", ", OrtEnv.Instance().GetAvailableProviders())}. Set forceCpu, or leave executionProviders out.");
            }

            options.AppendExecutionProvider(provider.Replace("ExecutionProvider", string.Empty, StringComparison.Ordinal));
        }

        return options;
    }
}
