using ModelPlatform.Client.Connection;
using ModelPlatform.Client.Loading.Transfer;
using ModelPlatform.Manifests.FileSystem;

namespace ModelPlatform.Client.Loading;

public sealed partial class ModelLoader
{
    /// <summary>What a pull keeps beside the files while it is not finished.</summary>
    private const string WorkDirectory = ".modelplatform";

    /// <summary>Brings a model into a directory of the caller's choice, out of the cache where it is there. Nothing is added to the cache, and no memory is asked for.</summary>
    /// <param name="model">name, name:version or name@alias.</param>
    /// <param name="directory">Made where it does not exist. Files that are there with the right content are kept, others of the same name replaced.</param>
    /// <param name="progress">Told after each chunk.</param>
    /// <param name="cancellationToken">Stops; what is proven stays for the next pull.</param>
    /// <returns>The files, or INTEGRITY_FAILED where every source delivers other bytes than the manifest names.</returns>
    public async Task<ApiResult<PulledModel>> PullAsync(string model, string directory, IProgress<LoadProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        if (!(await manifests.GetAsync(model, refresh: true, cancellationToken)).TryGet(out var found, out var problem))
        {
            return problem;
        }

        var root = Path.GetFullPath(directory);
        var work = Path.Combine(root, WorkDirectory);
        var tally = new Tally(found.Manifest, progress, time);
        try
        {
            Directory.CreateDirectory(work);
            using (await FileLock.AcquireAsync(Path.Combine(work, "lock"), time, cancellationToken))
            using (var entry = await cache.UseAsync(found.Manifest.Model.Id, found.Hash, cancellationToken))
            {
                var place = new ModelPlace(root, work, options.Sources.Contains(LoadSource.Cache) ? entry.Files : null, IsDurable: true);
                if (await files.CompleteAsync(found.Manifest, place, tally, cancellationToken) is { } failure)
                {
                    return failure;
                }
            }

            Directory.Delete(work, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new ApiProblem { Error = exception.Message, Code = ProblemCode.StorageFailed };
        }

        tally.Finish();
        return new PulledModel(found.Manifest, root, tally.BytesReused);
    }
}
