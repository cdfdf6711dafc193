using System.Text.Json;
using ModelPlatform.Client.Connection;
using ModelPlatform.Client.Loading.Caching;
using ModelPlatform.Integrity;
using ModelPlatform.Manifests;
using ModelPlatform.Manifests.Trust;

namespace ModelPlatform.Client.Loading;

/// <summary>Manifests that passed every check. A version's manifest is taken from the cache first; a name's and an alias's only where the platform is not to be had.</summary>
internal sealed class VerifiedManifests(ModelPlatformClient client, ModelCache cache, ModelLoaderOptions options)
{
    private readonly ManifestVerifier verifier = new(() => options.TrustRoot, options.TrustRoot is not null);

    /// <returns>The manifest, and the hash that names its content.</returns>
    public async Task<ApiResult<(Manifest Manifest, string Hash)>> GetAsync(string model, bool refresh, CancellationToken cancellationToken)
    {
        var kept = cache.ReadManifest(model) is { } bytes && Judge(model, bytes).TryGet(out var known, out _) ? known : default((Manifest Manifest, string Hash)?);
        if (kept is not null && (options.Offline || (!refresh && model.Contains(':', StringComparison.Ordinal))))
        {
            return kept.Value;
        }

        if (options.Offline)
        {
            return new ApiProblem { Error = $"{model} has not been loaded here before, and the loader is offline.", Code = ProblemCode.ModelNotFound };
        }

        var answer = await client.Models.GetManifestAsync(model, cancellationToken);
        if (!answer.TryGet(out var document, out var problem))
        {
            if (problem.Code == ProblemCode.Unreachable && kept is { } last)
            {
                options.OnWarning($"{problem.Error} The manifest of {model} is the one of the last load.");
                return last;
            }

            return problem;
        }

        var judged = Judge(model, document.Utf8Json);
        if (judged.TryGet(out var fresh, out _))
        {
            foreach (var name in new[] { model, fresh.Manifest.Model.Id }.Distinct())
            {
                cache.WriteManifest(name, document.Utf8Json.Span);
            }
        }

        return judged;
    }

    private ApiResult<(Manifest Manifest, string Hash)> Judge(string model, ReadOnlyMemory<byte> utf8)
    {
        var verdict = verifier.Verify(utf8);
        foreach (var warning in verdict.Warnings)
        {
            options.OnWarning($"{model}: {warning}");
        }

        if (!verdict.Valid)
        {
            return Wrong($"Invalid manifest: {string.Join(", ", verdict.Errors)}");
        }

        var manifest = JsonSerializer.Deserialize(utf8.Span, ManifestJson.Default.Manifest)!;
        if (manifest.Model.Id != model && manifest.Model.Name != model.Split('@')[0])
        {
            return Wrong($"Invalid manifest: {model} was asked for, it is of {manifest.Model.Id}");
        }

        return (manifest, (manifest.Integrity?.ManifestHash ?? Sha256Digest.Of(utf8.Span)).ToString());
    }

    private static ApiProblem Wrong(string message) => new() { Error = message, Code = ProblemCode.IntegrityFailed };
}
