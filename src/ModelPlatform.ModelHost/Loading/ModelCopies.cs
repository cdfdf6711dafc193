using ModelPlatform.Manifests;
using ModelPlatform.Serving;
using ModelPlatform.Sources;

namespace ModelPlatform.ModelHost.Loading;

/// <summary>Verified copies of files that a runtime maps itself, in the data directory: bounded, gone with the model, and with the process that made them.</summary>
internal sealed class ModelCopies
{
    private const int Piece = 1024 * 1024;

    private readonly RuntimeOptions options;
    private readonly string root;
    private readonly Lock gate = new();
    private long taken;

    public ModelCopies(RuntimeOptions options, IConfiguration configuration)
    {
        this.options = options;
        root = Path.Combine(Path.GetFullPath(configuration["MODELPLATFORM_DATA"] is { Length: > 0 } data ? data : ".modelplatform"), "runtimes");
    }

    /// <summary>Removes what an ended process left.</summary>
    public void Clear()
    {
        if (Directory.Exists(root))
        {
            Directory.Delete(root, recursive: true);
        }
    }

    public async ValueTask<Result<CopyDirectory>> MakeAsync(IReadOnlyList<ManifestArtifact> files, IArtifactReader reader, CancellationToken cancellationToken)
    {
        var bytes = files.Sum(file => file.Size);
        lock (gate)
        {
            if (taken + bytes > options.MaxCopyBytes)
            {
                return new PlatformError(ErrorCode.DiskFull, $"The copies of data files would take {bytes} bytes; Runtimes:MaxCopyBytes leaves {options.MaxCopyBytes - taken}.");
            }

            taken += bytes;
        }

        var directory = new CopyDirectory(Path.Combine(root, Guid.NewGuid().ToString("N")), () => GiveBack(bytes));
        try
        {
            foreach (var file in files)
            {
                await CopyAsync(file, Path.Combine(directory.Path, file.Path), reader, cancellationToken);
            }

            return directory;
        }
        catch (PlatformException exception)
        {
            await directory.DisposeAsync();
            return exception.Error;
        }
        catch (IOException exception)
        {
            await directory.DisposeAsync();
            return new PlatformError(ErrorCode.DiskFull, $"The data files cannot be copied into {root}: {exception.Message}");
        }
        catch
        {
            await directory.DisposeAsync();
            throw;
        }
    }

    private static async Task CopyAsync(ManifestArtifact artifact, string path, IArtifactReader reader, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await using var source = reader.OpenRead(artifact);
        await using var target = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, useAsync: true);
        await source.CopyToAsync(target, Piece, cancellationToken);
    }

    private void GiveBack(long bytes)
    {
        lock (gate)
        {
            taken -= bytes;
        }
    }
}
