using ModelPlatform.Client.Connection;
using ModelPlatform.Client.Loading.Transfer;

namespace ModelPlatform.Client.Loading;

public sealed partial class ModelLoader
{
    /// <summary>
    /// Opens a range of a file without downloading the rest. Each chunk that covers it comes with its Merkle proof, and not a byte is handed out that is not proven
    /// against the verified manifest. Reading throws <see cref="ApiException"/> where no source can prove a later chunk.
    /// </summary>
    /// <param name="model">name, name:version or name@alias.</param>
    /// <param name="artifact">The file's path in the model; null for the primary artifact.</param>
    /// <param name="offset">The first byte.</param>
    /// <param name="length">How many bytes; null for the rest.</param>
    /// <param name="cancellationToken">Cancels the opening.</param>
    public async Task<ApiResult<Stream>> OpenVerifiedRangeAsync(string model, string? artifact = null, long offset = 0, long? length = null, CancellationToken cancellationToken = default)
    {
        if (!(await manifests.GetAsync(model, refresh: false, cancellationToken)).TryGet(out var found, out var problem))
        {
            return problem;
        }

        var file = artifact is null ? found.Manifest.Artifacts[0] : found.Manifest.Artifacts.FirstOrDefault(candidate => candidate.Path == artifact);
        if (file is null)
        {
            return new ApiProblem { Error = $"{found.Manifest.Model.Id} has no file {artifact}.", Code = ProblemCode.NotFound };
        }

        if (offset < 0 || offset > file.Size || length < 0 || length > file.Size - offset)
        {
            return new ApiProblem { Error = $"{file.Path} has {file.Size} bytes.", Code = ProblemCode.RangeNotSatisfiable };
        }

        var range = new VerifiedRange(client, found.Manifest, file, Places.Of(file, found.Manifest, client, options), options.NoProgressTimeout, offset, length ?? (file.Size - offset));
        if (await range.PrepareAsync(cancellationToken) is { } failure)
        {
            await range.DisposeAsync();
            return failure;
        }

        return range;
    }
}
