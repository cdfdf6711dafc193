using ModelPlatform.Manifests;
using ModelPlatform.Registry;
using ModelPlatform.Serving;
using ModelPlatform.Sources;
using ModelPlatform.Sources.Runtimes;

namespace ModelPlatform.ModelHost.Loading;

/// <summary>A published model as runtimes read it: every byte out of a chunk that was just proven. Disposing it removes the copies it laid out.</summary>
internal sealed class VerifiedModel(ModelEntry entry, IArtifactReader reader, ModelCopies copies) : RuntimeModel, IAsyncDisposable
{
    private readonly List<CopyDirectory> placed = [];

    public override string Id { get; } = entry.Id.ToString();

    public override string Framework { get; } = entry.Manifest.Model.Framework ?? "other";

    public override IReadOnlyList<RuntimeArtifact> Artifacts { get; } = [.. entry.Manifest.Artifacts.Select(artifact => new RuntimeArtifact(artifact.Path, artifact.Size, artifact.Format))];

    public override async ValueTask<Result<byte[]>> ReadAsync(string path, CancellationToken cancellationToken)
    {
        if (Find(path) is not { } artifact)
        {
            return NoFile(path);
        }

        if (artifact.Size > Array.MaxLength)
        {
            return new PlatformError(ErrorCode.FileTooLarge, $"{path} of {Id} is larger than 2 GiB and cannot be read as one: keep its weights in external data files.");
        }

        try
        {
            // Chunk by chunk, on all processors: proving them is what takes the time.
            var content = GC.AllocateUninitializedArray<byte>((int)artifact.Size);
            await Parallel.ForAsync(0, artifact.Chunking.ChunkCount, cancellationToken, async (index, cancel) =>
            {
                var start = (long)index * artifact.Chunking.ChunkSize;
                await using var stream = reader.OpenRead(artifact);
                stream.Position = start;
                await stream.ReadExactlyAsync(content.AsMemory((int)start, (int)Math.Min(artifact.Chunking.ChunkSize, artifact.Size - start)), cancel);
            });
            return content;
        }
        catch (PlatformException exception)
        {
            return exception.Error;
        }
    }

    public override Result<Stream> Open(string path) => Find(path) is { } artifact ? reader.OpenRead(artifact) : NoFile(path);

    public override async ValueTask<Result<string>> PlaceAsync(IReadOnlyCollection<string> paths, CancellationToken cancellationToken)
    {
        var files = new List<ManifestArtifact>(paths.Count);
        foreach (var path in paths)
        {
            if (Find(path) is not { } artifact)
            {
                return NoFile(path);
            }

            files.Add(artifact);
        }

        if (!(await copies.MakeAsync(files, reader, cancellationToken)).TryGet(out var directory, out var error))
        {
            return error;
        }

        lock (placed)
        {
            placed.Add(directory);
        }

        return directory.Path;
    }

    public async ValueTask DisposeAsync()
    {
        CopyDirectory[] all;
        lock (placed)
        {
            all = [.. placed];
            placed.Clear();
        }

        foreach (var directory in all)
        {
            await directory.DisposeAsync();
        }
    }

    private ManifestArtifact? Find(string path) => entry.Manifest.Artifacts.FirstOrDefault(artifact => artifact.Path == path);

    private PlatformError NoFile(string path) => new(ErrorCode.NotFound, $"{Id} has no file {path}. Its files: {string.Join(", ", Artifacts.Take(20).Select(artifact => artifact.Path))}.");
}
