using System.Text.Json;
using Microsoft.Extensions.Options;
using ModelPlatform.Chunks;
using ModelPlatform.Fetching.Transfer;
using ModelPlatform.Integrity;
using ModelPlatform.Sources;

namespace ModelPlatform.Fetching.Planning;

/// <summary>Inspects, chooses and pins: what is fetched is settled before a byte of it moves.</summary>
internal sealed class FetchPlanner(SourceCalls calls, IOptions<FetchOptions> options, IOptions<ChunkStoreOptions> chunks, TimeProvider time, SiteManifests? sites = null)
{
    private const int MetadataPatience = 5;
    private const int SmallestChunk = 64 * 1024;

    /// <summary>The plan an earlier run of the same request left; null where there is none.</summary>
    public static async ValueTask<FetchPlan?> ReadAsync(FetchRequest request, IFetchJournal journal, CancellationToken cancellationToken)
    {
        if (await journal.ReadPlanAsync(cancellationToken) is not { } json)
        {
            return null;
        }

        try
        {
            var plan = JsonSerializer.Deserialize(json.Span, FetchJson.Default.FetchPlan);
            return plan?.Request == Fingerprint(request) ? plan : null;
        }
        catch (JsonException)
        {
            // Written by another version of this program: planning anew costs less than guessing.
            return null;
        }
    }

    /// <summary>Keeps a plan.</summary>
    public static ValueTask WriteAsync(FetchPlan plan, IFetchJournal journal, CancellationToken cancellationToken) =>
        journal.WritePlanAsync(JsonSerializer.SerializeToUtf8Bytes(plan, FetchJson.Default.FetchPlan), cancellationToken);

    /// <summary>Plans with one of the request's sources.</summary>
    public async Task<Result<FetchPlan>> PlanAsync(FetchRequest request, int sourceIndex, CancellationToken cancellationToken)
    {
        var inspected = await InspectAsync(request.Sources[sourceIndex], request.Variant, cancellationToken);
        if (!inspected.TryGet(out var inspection, out var error))
        {
            return error;
        }

        if (!Choose(inspection, request.Sources[sourceIndex], request.Variant).TryGet(out var variant, out error)
            || !FrameworkOf(inspection, request.Framework).TryGet(out var framework, out error)
            || !CheckFiles(variant.Files).TryGet(out _, out error))
        {
            return error;
        }

        if (sites?.FindFault(request.Sources[sourceIndex], inspection, variant) is { } untrusted)
        {
            return untrusted;
        }

        var primary = PrimaryFile.IndexOf(variant.Files);
        var files = new List<PlannedFile>();
        for (var i = 0; i < variant.Files.Count; i++)
        {
            var expected = i == primary ? request.ExpectedSha256 : null;
            var known = request.KnownFiles.FirstOrDefault(file => file.Path == variant.Files[i].Path);
            if (!Pin(variant.Files[i], known, expected, request.Sources[sourceIndex].Source).TryGet(out var file, out error))
            {
                return error;
            }

            files.Add(file);
        }

        return new FetchPlan
        {
            Request = Fingerprint(request),
            SourceIndex = sourceIndex,
            Inspection = inspection with { Variants = [variant], Manifest = null },
            Framework = framework,
            Files = files,
            Primary = primary,
            Elsewhere = DistributionSources.Read(inspection.Manifest, options.Value.Order),
        };
    }

    /// <summary>The same file at another source; null where it has none that could be the same.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="wanted">The file.</param>
    /// <param name="source">Where to look.</param>
    /// <param name="isOfOneFile">Whether the source's reference is of this file alone, whatever it is called there.</param>
    /// <param name="cancellationToken">Cancels the looking.</param>
    public async Task<Result<SourceFile>> FindAlternateAsync(FetchPlan plan, PlannedFile wanted, FetchSource source, bool isOfOneFile, CancellationToken cancellationToken)
    {
        var inspected = await InspectAsync(source, plan.Variant.Name, cancellationToken);
        if (!inspected.TryGet(out var inspection, out var error))
        {
            return error;
        }

        var variant = inspection.Variants.FirstOrDefault(candidate => candidate.Answers(plan.Variant.Name)) ?? (inspection.Variants.Count == 1 ? inspection.Variants[0] : null);
        var file = variant?.Files.FirstOrDefault(candidate => candidate.Path == wanted.File.Path)
            ?? (variant?.Files.Count == 1 && (isOfOneFile || plan.Files.Count == 1) ? variant.Files[0] : null);
        if (file is null)
        {
            return new PlatformError(ErrorCode.ModelNotFound, $"The source '{source.Source}' has no '{wanted.File.Path}' in '{source.Reference.Reference}'.");
        }

        var isSame = (file.Size is null || wanted.File.Size is null || file.Size == wanted.File.Size)
            && (file.Sha256 is null || wanted.Sha256 is null || string.Equals(file.Sha256, wanted.Sha256, StringComparison.OrdinalIgnoreCase));
        return isSame
            ? file with { Size = file.Size ?? wanted.File.Size }
            : new PlatformError(ErrorCode.IntegrityFailed, $"The source '{source.Source}' has another '{wanted.File.Path}': size or digest differ.");
    }

    private async Task<Result<SourceInspection>> InspectAsync(FetchSource source, string? variant, CancellationToken cancellationToken)
    {
        var inspected = await calls.InspectAsync(source, variant, options.Value.NoProgressTimeout * MetadataPatience, time, cancellationToken);
        return inspected.TryGet(out var inspection, out _) && inspection.Variants.Count == 0
            ? new PlatformError(ErrorCode.ModelNotFound, $"'{source.Reference.Reference}' at the source '{source.Source}' holds no files of a model.")
            : inspected;
    }

    private static Result<SourceVariant> Choose(SourceInspection inspection, FetchSource source, string? wanted)
    {
        var variant = wanted is null ? inspection.Variants[0] : inspection.Variants.FirstOrDefault(candidate => candidate.Answers(wanted));
        if (variant is null)
        {
            return new PlatformError(ErrorCode.InvalidRequest, $"'{source.Reference.Reference}' has no variant '{wanted}'. It has: {string.Join(", ", inspection.Variants.Select(known => known.Name))}.");
        }

        return variant.Files.Count == 0
            ? new PlatformError(ErrorCode.ModelNotFound, $"The variant '{variant.Name}' of '{source.Reference.Reference}' has no files.")
            : variant;
    }

    private static Result<string> FrameworkOf(SourceInspection inspection, string? named)
    {
        if (named is not null)
        {
            return Frameworks.IsKnown(named) ? named : new PlatformError(ErrorCode.UnsupportedFramework, $"'{named}' is not a known framework. Known: {string.Join(", ", Frameworks.Known)}.");
        }

        return inspection.Framework is { } detected && Frameworks.IsDetectable(detected)
            ? detected
            : new PlatformError(ErrorCode.UnsupportedFramework, $"The framework was not detected. Name one: {string.Join(", ", Frameworks.Known)}.");
    }

    private Result<int> CheckFiles(IReadOnlyList<SourceFile> files)
    {
        var names = new PathClashes();
        foreach (var file in files)
        {
            if (ArtifactPath.FindFault(file.Path) is { } fault)
            {
                return new PlatformError(ErrorCode.SecurityViolation, $"The source names a file that may not be written: {fault}.");
            }

            if (!names.TryAdd(file.Path))
            {
                return new PlatformError(ErrorCode.SecurityViolation, $"The source names '{file.Path}' twice, or another file that differs only in case or in the form of its letters.");
            }

            if (file.Size is < 0)
            {
                return new PlatformError(ErrorCode.IntegrityFailed, $"The source says '{file.Path}' has {file.Size} bytes.");
            }

            if (options.Value.MaxFileSize > 0 && file.Size > options.Value.MaxFileSize)
            {
                return FetchErrors.TooLarge(file.Path, file.Size, options.Value.MaxFileSize);
            }
        }

        return files.Count;
    }

    private Result<PlannedFile> Pin(SourceFile file, FetchedFile? known, string? expected, string source)
    {
        string? sha256 = null;
        foreach (var claim in new[] { file.Sha256, known?.Sha256.ToString(), expected }.OfType<string>())
        {
            if (!Sha256Digest.TryParse(claim, out var digest) || (sha256 is not null && sha256 != digest.ToString()))
            {
                return FetchErrors.WrongFile(file.Path, source, expected ?? sha256 ?? "64 hex digits", claim);
            }

            sha256 = digest.ToString();
        }

        if (known is not null && file.Size is { } size && size != known.Size)
        {
            return FetchErrors.WrongSize(file.Path, source, known.Size, size);
        }

        file = file with { Size = file.Size ?? known?.Size, Sha256 = sha256 };
        var (chunkSize, hashes) = known is not null ? (known.ChunkSize, known.Chunks) : (file.ChunkSize ?? 0, ParseAll(file.ChunkHashes));
        var fits = hashes is not null && file.Size is not null && chunkSize >= Math.Min(SmallestChunk, chunks.Value.ChunkSize) && chunkSize <= chunks.Value.ChunkSize
            && hashes.Count == (file.Size + chunkSize - 1) / chunkSize;
        return new PlannedFile
        {
            File = file with { ChunkHashes = null, ChunkSize = null },
            Sha256 = sha256,
            ChunkSize = fits ? chunkSize : chunks.Value.ChunkSize,
            Chunks = fits ? hashes : null,
        };
    }

    private static List<Sha256Digest>? ParseAll(IReadOnlyList<string>? hashes)
    {
        var parsed = new List<Sha256Digest>();
        foreach (var hash in hashes ?? [])
        {
            if (!Sha256Digest.TryParse(hash, out var digest))
            {
                return null;
            }

            parsed.Add(digest);
        }

        return hashes is null ? null : parsed;
    }

    private static string Fingerprint(FetchRequest request) => Sha256Digest.Of(JsonSerializer.SerializeToUtf8Bytes(request, FetchJson.Default.FetchRequest)).ToString();
}
