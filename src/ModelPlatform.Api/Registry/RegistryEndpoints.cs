namespace ModelPlatform.Api.Registry;

/// <summary>The reading side of the registry.</summary>
internal static class RegistryEndpoints
{
    public static void AddServedManifests(this IHostApplicationBuilder builder) => builder.Services.AddSingleton<ServedManifests>();

    /// <summary>Maps CONTRACTS §2 but for bytes and trust keys.</summary>
    public static void MapRegistry(this IEndpointRouteBuilder app)
    {
        app.MapManifests();
        app.MapCatalog();
        app.MapProofs();
    }
}
