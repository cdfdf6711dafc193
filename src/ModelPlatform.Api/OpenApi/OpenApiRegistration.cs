using Scalar.AspNetCore;

namespace ModelPlatform.Api.OpenApi;

/// <summary>The description of the API, and a page to read it.</summary>
internal static class OpenApiRegistration
{
    public static void AddOpenApiDocument(this IHostApplicationBuilder builder) => builder.Services.AddOpenApi("v1", options =>
    {
        options.ShouldInclude = description => description.HttpMethod != HttpMethods.Head;
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new() { Title = "ModelPlatform", Version = "v1", Description = "Fetch, verify, keep and serve AI models." };
            // The address is where the document was read from.
            document.Servers?.Clear();
            return Task.CompletedTask;
        });
        options.AddOperationTransformer<ProblemResponses>();
    });

    public static void MapOpenApiDocument(this WebApplication app)
    {
        app.MapOpenApi("/openapi/{documentName}.json");
        app.MapScalarApiReference("/scalar", options => options.WithTitle("ModelPlatform").DisableDefaultFonts());
    }
}
