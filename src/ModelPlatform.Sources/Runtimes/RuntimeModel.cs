namespace ModelPlatform.Sources.Runtimes;

/// <summary>A model to be loaded. Whatever it hands out has been proven against the manifest first.</summary>
public abstract class RuntimeModel
{
    /// <summary><c>name:version</c>.</summary>
    public abstract string Id { get; }

    /// <summary>onnx, tensorflow, transformers …</summary>
    public abstract string Framework { get; }

    /// <summary>The files; the first is the primary one.</summary>
    public abstract IReadOnlyList<RuntimeArtifact> Artifacts { get; }

    /// <summary>Reads a whole file into memory, verified.</summary>
    /// <returns>NotFound where the model has no such file, IntegrityFailed or StorageFailed where it cannot be proven, FileTooLarge above 2 GiB.</returns>
    public abstract ValueTask<Result<byte[]>> ReadAsync(string path, CancellationToken cancellationToken);

    /// <summary>Opens a file as a seekable stream of verified bytes, read asynchronously.</summary>
    public abstract Result<Stream> Open(string path);

    /// <summary>Lays verified copies of some files into a directory of this machine, for runtimes that map files themselves. They go when the model is unloaded.</summary>
    /// <param name="paths">Files of the model.</param>
    /// <param name="cancellationToken">Cancels the copying.</param>
    /// <returns>The directory, in which each file has its relative path; DiskFull where the copies would not fit.</returns>
    public abstract ValueTask<Result<string>> PlaceAsync(IReadOnlyCollection<string> paths, CancellationToken cancellationToken);
}
