using Microsoft.AspNetCore.Hosting.StaticWebAssets;
using Microsoft.Extensions.FileProviders;

namespace ModelPlatform.Dashboard.Platform;

/// <summary>Finds styles, scripts and fonts beside the program, from whatever directory and in whatever environment it was started.</summary>
internal static class PageAssets
{
    public static WebApplicationBuilder AddPageAssets(this WebApplicationBuilder builder)
    {
        var published = Path.Combine(AppContext.BaseDirectory, "wwwroot");
        if (Directory.Exists(published))
        {
            builder.Environment.WebRootPath = published;
            builder.Environment.WebRootFileProvider = new PhysicalFileProvider(published);
        }
        else
        {
            StaticWebAssetsLoader.UseStaticWebAssets(builder.Environment, builder.Configuration);
        }

        return builder;
    }
}
