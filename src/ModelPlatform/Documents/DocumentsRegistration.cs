using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using ModelPlatform.Documents.Log;
using ModelPlatform.Manifests;

namespace ModelPlatform.Documents;

/// <summary>Adds documents.</summary>
public static class DocumentsRegistration
{
    /// <summary>Adds <see cref="IDocumentStore"/>, its log and the log's upkeep. Needs a record store and, to sign what is written here, trust.</summary>
    public static IHostApplicationBuilder AddDocuments(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        services.AddOptions<DocumentOptions>().BindConfiguration("Documents", binder => binder.ErrorOnUnknownConfiguration = true).ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => new DocumentLog(
            provider.GetRequiredService<IRecordStore>(), provider.GetService<IManifestSigner>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<IOptions<DocumentOptions>>().Value.Site));
        services.TryAddSingleton<IDocumentStore, DocumentStore>();
        services.AddHostedService<LogUpkeep>();
        return builder;
    }
}
