using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ModelPlatform.Manifests;
using ModelPlatform.Manifests.Trust;
using ModelPlatform.Sources;

namespace ModelPlatform.Fetching.Planning;

/// <summary>Holds a model of another site to that site's manifest, and the manifest to the trust root, before a byte of the model moves.</summary>
internal sealed partial class SiteManifests(IManifestVerifier verifier, IOptions<TrustOptions> trust, ILogger<SiteManifests> logger)
{
    private const string Peer = "peer";

    /// <summary>Why the files may not be fetched; null where they may.</summary>
    public PlatformError? FindFault(FetchSource source, SourceInspection inspection, SourceVariant variant)
    {
        if (inspection.Manifest is not { Length: > 0 } manifest)
        {
            return trust.Value.Require && source.Source == Peer
                ? new PlatformError(ErrorCode.IntegrityFailed, $"The site gives no manifest of '{source.Reference.Reference}', so nobody vouches for it, and Trust:Require is set.")
                : null;
        }

        var name = $"of '{source.Reference.Reference}' at the source '{source.Source}'";
        if (!verifier.Admit(manifest, name).TryGet(out var judgement, out var error))
        {
            return error;
        }

        if (judgement.Errors.Count > 0)
        {
            LogUntrusted(source.Reference.Reference, source.Source, string.Join(", ", judgement.Errors));
        }

        return ManifestDocument.Read(manifest, name).TryGet(out var document, out error) ? FindStranger(document.Manifest, variant, name) : error;
    }

    /// <summary>A signature says nothing of files that the manifest does not name, and a model without one of its files is another model.</summary>
    private static PlatformError? FindStranger(Manifest manifest, SourceVariant variant, string name)
    {
        var named = manifest.Artifacts.ToDictionary(artifact => artifact.Path, StringComparer.Ordinal);
        foreach (var file in variant.Files)
        {
            if (!named.Remove(file.Path, out var artifact) || file.Size != artifact.Size || !string.Equals(file.Sha256, artifact.Sha256.ToString(), StringComparison.OrdinalIgnoreCase))
            {
                return new PlatformError(ErrorCode.IntegrityFailed, $"The manifest {name} does not name the file '{file.Path}' with the size and SHA-256 that the source gives for it.");
            }
        }

        return named.Count == 0 ? null : new PlatformError(ErrorCode.IntegrityFailed, $"The manifest {name} names '{named.Keys.First()}', which the source does not give.");
    }

    [LoggerMessage(2111, LogLevel.Warning, "{Reference} of the source {Source} is not vouched for by the trust root: {Errors}")]
    private partial void LogUntrusted(string reference, string source, string errors);
}
