using System.Globalization;
using ModelPlatform.Api.Access;
using ModelPlatform.Api.Errors;
using ModelPlatform.Registry;

namespace ModelPlatform.Api.Registry;

/// <summary><c>GET /v2/catalog</c> and <c>GET /v2/select</c>: what there is, and what fits.</summary>
internal static class CatalogEndpoints
{
    private const int LargestPage = 1000;

    public static void MapCatalog(this IEndpointRouteBuilder app)
    {
        app.MapGet("/v2/catalog", ListAsync)
            .WithName("ListCatalog").WithSummary("Published models, newest first, filtered and paged").WithTags("Registry").Produces<CatalogBody>();
        app.MapGet("/v2/select", SelectAsync)
            .WithName("SelectModel").WithSummary("The model that fits a machine and a task best, why, and why not the others").WithTags("Registry").Produces<ModelSelection>();
    }

    private static async Task<IResult> ListAsync(
        string? tier, string? capability, string? framework, string? stage, string? type, string? q, string? limit, string? cursor, HttpContext context, IModelRegistry registry)
    {
        var size = 100;
        if (Given(limit) is { } text && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out size) || size is < 1 or > LargestPage))
        {
            return FieldErrors.Of("limit", $"limit must be from 1 to {LargestPage}.");
        }

        var page = await registry.ListAsync(
            new CatalogQuery
            {
                Tier = Given(tier),
                Capability = Given(capability),
                Framework = Given(framework),
                Stage = Given(stage),
                Type = Given(type),
                Text = Given(q),
                Limit = size,
                Cursor = Given(cursor),
                IncludesGated = context.MayReadGated(),
            },
            context.RequestAborted);
        return TypedResults.Ok(new CatalogBody([.. page.Models.Select(CatalogModel.Of)], page.NextCursor));
    }

    private static async Task<IResult> SelectAsync(
        string? capabilities, string? memory, string? tier, string? provider, string? gpuMemory, HttpContext context, IModelSelector selector)
    {
        var errors = new FieldErrors();
        var request = new SelectionRequest
        {
            Memory = ReadBytes("memory", memory, errors),
            GpuMemory = ReadBytes("gpuMemory", gpuMemory, errors),
            Tier = Given(tier),
            Provider = Given(provider),
            IncludesGated = context.MayReadGated(),
        };
        if (request.Tier is not null && ModelTier.Find(request.Tier) is null)
        {
            errors.Add("tier", $"tier must be one of {string.Join(", ", ModelTier.All.Select(known => known.Name))}.");
        }

        if (errors.Any)
        {
            return errors.ToProblem();
        }

        if (capabilities is not null)
        {
            request = request with { Capabilities = capabilities.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) };
        }

        return (await selector.SelectAsync(request, context.RequestAborted)).TryGet(out var selection, out var error)
            ? TypedResults.Ok(new SelectionBody(CatalogModel.Of(selection.Selected), selection.Selected.Variant, selection.Reason, selection.Tier, selection.Rejected))
            : error.ToProblem();
    }

    private static long? ReadBytes(string field, string? value, FieldErrors errors)
    {
        if (Given(value) is not { } text)
        {
            return null;
        }

        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes))
        {
            return bytes;
        }

        errors.Add(field, $"{field} must be a number of bytes.");
        return null;
    }

    private static string? Given(string? value) => string.IsNullOrWhiteSpace(value) ? null : value;

    private sealed record CatalogBody(IReadOnlyList<CatalogModel> Models, string? NextCursor);

    private sealed record SelectionBody(CatalogModel Selected, string? Variant, string Reason, SelectedTier Tier, IReadOnlyList<RejectedModel> Rejected);

    private sealed record CatalogModel(
        string Id, string Name, string Version, string? Type, string? Tier, IReadOnlyList<string> Capabilities, long MemoryRequirement, long Size, string? Framework, string? Stage, string MerkleRoot)
    {
        public static CatalogModel Of(CatalogRow row) =>
            new(row.Id, row.Name, row.Version, row.Type, row.Tier, row.Capabilities, row.MemoryRequirement, row.Size, row.Framework, row.Stage, row.MerkleRoot);
    }
}
