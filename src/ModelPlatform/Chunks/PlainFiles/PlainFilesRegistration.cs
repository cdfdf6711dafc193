using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ModelPlatform.Chunks.PlainFiles;

/// <summary>Registers plain files in the chunk store's place.</summary>
public static class PlainFilesRegistration
{
    /// <summary>Adds <see cref="IChunkStore"/> and <see cref="IPlainFiles"/>. One fetch at a time, with a journal in a directory.</summary>
    /// <param name="builder">The host.</param>
    /// <param name="root">Where the files grow.</param>
    public static IHostApplicationBuilder AddPlainFiles(this IHostApplicationBuilder builder, string root)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton(new PlainFileStore(root));
        builder.Services.AddSingleton<IChunkStore>(services => services.GetRequiredService<PlainFileStore>());
        builder.Services.AddSingleton<IPlainFiles>(services => services.GetRequiredService<PlainFileStore>());
        return builder;
    }
}
