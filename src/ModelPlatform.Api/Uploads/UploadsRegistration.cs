namespace ModelPlatform.Api.Uploads;

/// <summary>Adds uploads.</summary>
internal static class UploadsRegistration
{
    public static void AddUploads(this IHostApplicationBuilder builder) => builder.Services.AddSingleton<ModelUpload>();
}
