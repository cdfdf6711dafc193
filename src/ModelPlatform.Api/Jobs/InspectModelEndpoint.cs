using System.Text.Json.Nodes;
using ModelPlatform.Api.Errors;
using ModelPlatform.Jobs;
using ModelPlatform.Plugins;
using ModelPlatform.Registry;
using ModelPlatform.Sources;

namespace ModelPlatform.Api.Jobs;

/// <summary>What a reference holds, before anything is fetched.</summary>
internal static class InspectModelEndpoint
{
    public static void MapInspectModel(this IEndpointRouteBuilder routes) => routes.MapGet("/InspectModel", InspectAsync)
        .WithName("InspectModel")
        .WithSummary("Look at a model where it is: framework, variants, files, metadata.")
        .Produces<Inspection>();

    private static async Task<IResult> InspectAsync(
        ISourceCatalog sources, IModelRegistry registry, IFetchJobs jobs, string? source, string? sourceReference, string? variant, string? revision, CancellationToken cancellationToken)
    {
        var errors = new FieldErrors();
        var hasSource = errors.Require("source", source);
        if (!errors.Require("sourceReference", sourceReference) || !hasSource)
        {
            return errors.ToProblem();
        }

        if (FetchJobRules.CheckReference(source!, sourceReference, sources.Names) is { } refusal)
        {
            return refusal.ToProblem();
        }

        if (!sources.TryAcquire(source!, out var lease))
        {
            return new PlatformError(ErrorCode.InvalidSource, $"The source '{source}' has just been taken out of use. Active sources: {string.Join(", ", sources.Names)}.").ToProblem();
        }

        using (lease)
        {
            var inspected = await lease.Source.InspectAsync(new SourceReference(sourceReference) { Variant = Given(variant), Revision = Given(revision) }, cancellationToken);
            return inspected.TryGet(out var inspection, out var error)
                ? Show(source!, sourceReference, Given(variant), inspection, await new VariantStatuses(registry, jobs).OfAsync(source!, sourceReference, inspection, cancellationToken))
                : error.ToProblem();
        }
    }

    private static IResult Show(string source, string reference, string? variant, SourceInspection inspection, Func<SourceVariant, string>? statusOf)
    {
        SourceVariant[] wanted = [.. inspection.Variants.Where(candidate => variant is null || candidate.Answers(variant))];
        if (wanted.Length == 0)
        {
            return new PlatformError(ErrorCode.ModelNotFound, $"There is no such variant. Variants: {string.Join(", ", inspection.Variants.Select(candidate => candidate.Name))}.").ToProblem();
        }

        return TypedResults.Ok(new Inspection(
            source, reference, inspection.Framework,
            [.. wanted.Select(candidate => new InspectedVariant(
                candidate.Name, [.. candidate.Files.Select(file => file.Path)], candidate.TotalSize, candidate.Precision, candidate.Quantization, candidate.Aliases, statusOf?.Invoke(candidate)))],
            inspection.Metadata, inspection.SuggestedModelName, inspection.Revision));
    }

    private static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;

    private sealed record Inspection(
        string Source, string SourceReference, string? Framework, IReadOnlyList<InspectedVariant> Variants, JsonObject InferredMetadata, string SuggestedModelName, string? Revision);

    private sealed record InspectedVariant(string Name, IReadOnlyList<string> Files, long? TotalSize, string Precision, string? Quantization, IReadOnlyList<string> Aliases, string? Status);
}
