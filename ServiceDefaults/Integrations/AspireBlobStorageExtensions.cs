using Aspire.Azure.Storage.Blobs;
using Azure;
using Azure.Core.Extensions;
using Azure.Identity;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Azure;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using OpenTelemetry.Trace;

namespace Microsoft.Extensions.Hosting;

/// <summary>Stands in for Aspire's blob storage client integration.</summary>
public static class AspireBlobStorageExtensions
{
    private const string Section = "Aspire:Azure:Storage:Blobs";

    /// <summary>Adds a singleton <see cref="BlobServiceClient"/> with health check and tracing.</summary>
    /// <param name="builder">The service.</param>
    /// <param name="connectionName">Which of the <c>ConnectionStrings</c>: an account's connection string, or the service's address for token credentials.</param>
    /// <param name="configureSettings">Changes the settings after configuration was read.</param>
    /// <param name="configureClientBuilder">Changes how the client is made.</param>
    public static void AddAzureBlobServiceClient(
        this IHostApplicationBuilder builder,
        string connectionName,
        Action<AzureStorageBlobsSettings>? configureSettings = null,
        Action<IAzureClientBuilder<BlobServiceClient, BlobClientOptions>>? configureClientBuilder = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(connectionName);

        var section = builder.Configuration.GetSection(Section);
        var settings = new AzureStorageBlobsSettings();
        section.Bind(settings);
        section.GetSection(connectionName).Bind(settings);
        switch (builder.Configuration.GetConnectionString(connectionName))
        {
            case { Length: > 0 } address when Uri.TryCreate(address, UriKind.Absolute, out var uri):
                settings.ServiceUri = uri;
                break;
            case { Length: > 0 } connectionString:
                settings.ConnectionString = connectionString;
                break;
        }

        configureSettings?.Invoke(settings);

        builder.Services.AddAzureClients(clients =>
        {
            var client = clients.AddClient<BlobServiceClient, BlobClientOptions>((options, _, _) => Create(settings, options, connectionName));
            client.ConfigureOptions(options =>
            {
                section.GetSection("ClientOptions").Bind(options);
                section.GetSection(connectionName).GetSection("ClientOptions").Bind(options);
            });
            configureClientBuilder?.Invoke(client);
        });

        if (!settings.DisableTracing)
        {
            builder.Services.AddOpenTelemetry().WithTracing(tracing => tracing.AddSource("Azure.Storage.Blobs.*"));
        }

        if (!settings.DisableHealthChecks)
        {
            builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(
                "Azure_BlobServiceClient", services => new BlobHealthCheck(services), failureStatus: null, tags: null, timeout: TimeSpan.FromSeconds(5)));
        }
    }

    private static BlobServiceClient Create(AzureStorageBlobsSettings settings, BlobClientOptions options, string connectionName) => settings switch
    {
        { ConnectionString.Length: > 0 } => new BlobServiceClient(settings.ConnectionString, options),
        { ServiceUri: not null } => new BlobServiceClient(settings.ServiceUri, settings.Credential ?? new DefaultAzureCredential(), options),
        _ => throw new InvalidOperationException($"ConnectionStrings:{connectionName}, {Section}:ConnectionString and {Section}:ServiceUri are all empty: no blob storage to connect to."),
    };

    /// <summary>Asks for one container's name, which every role that can work with blobs may do.</summary>
    private sealed class BlobHealthCheck(IServiceProvider services) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            try
            {
                var client = services.GetRequiredService<BlobServiceClient>();
                await foreach (var page in client.GetBlobContainersAsync(cancellationToken: cancellationToken).AsPages(pageSizeHint: 1))
                {
                    return HealthCheckResult.Healthy($"answers {page.GetRawResponse().Status}");
                }

                return HealthCheckResult.Healthy();
            }
            catch (Exception exception) when (exception is RequestFailedException or OperationCanceledException or AggregateException)
            {
                return new HealthCheckResult(context.Registration.FailureStatus, $"blob storage does not answer ({exception.GetType().Name})");
            }
        }
    }
}
