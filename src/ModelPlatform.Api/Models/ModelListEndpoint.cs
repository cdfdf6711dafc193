using System.Text.Json.Nodes;
using ModelPlatform.Registry;

namespace ModelPlatform.Api.Models;

/// <summary><c>GET /ModelList</c>: all models with their metadata, never their bytes.</summary>
internal static class ModelListEndpoint
{
    private const int PageSize = 1000;

    public static void MapModelList(this IEndpointRouteBuilder app) => app
        .MapGet("/ModelList", ListAsync).WithName("ListModels").WithSummary("All models, newest first, filtered by stage and framework").WithTags("Models").Produces<ListedModel[]>();

    private static async Task<IResult> ListAsync(string? stage, string? framework, IModelRegistry registry, CancellationToken cancellationToken)
    {
        var models = new List<ListedModel>();
        var query = new CatalogQuery { Stage = Given(stage), Framework = Given(framework), Limit = PageSize };
        do
        {
            var page = await registry.ListAsync(query, cancellationToken);
            models.AddRange(page.Models.Select(row => new ListedModel(row.Id, row.Name, row.Version, row.Framework, row.Stage, row.Size, row.PublishedAt.UtcDateTime, row.Metadata)));
            query = query with { Cursor = page.NextCursor };
        }
        while (query.Cursor is not null);

        return TypedResults.Ok(models);
    }

    private static string? Given(string? value) => string.IsNullOrWhiteSpace(value) ? null : value;

    private sealed record ListedModel(string Id, string ModelName, string ModelVersion, string? Framework, string? Stage, long BlobSize, DateTime UploadedAt, JsonObject Metadata);
}
