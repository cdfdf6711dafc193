using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace ModelPlatform.Documents;

/// <summary>Adds documents.</summary>
public static class DocumentsRegistration
{
    /// <summary>Adds <see cref="IDocumentStore"/>. Needs a record store.</summary>
    public static IHostApplicationBuilder AddDocuments(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.TryAddSingleton<IDocumentStore, DocumentStore>();
        return builder;
    }
}
