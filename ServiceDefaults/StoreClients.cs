using System.Diagnostics.CodeAnalysis;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Microsoft.Extensions.Hosting;

/// <summary>The clients of the stores that a service works on, under the names the AppHost gives them.</summary>
public static class StoreClients
{
    private const string Redis = "redis";
    private const string Blobs = "blobs";

    /// <summary>
    /// Adds <see cref="IConnectionMultiplexer"/> (<c>ConnectionStrings:redis</c>) and, unless <c>Chunks:Store</c> names a store other than Azure,
    /// <see cref="BlobServiceClient"/> (<c>ConnectionStrings:blobs</c>), each with its health check. A malformed or missing connection string ends the start.
    /// </summary>
    public static TBuilder AddStoreClients<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        // The integration would trace every command, also those of polling.
        builder.AddRedisClient(Redis, settings => settings.DisableTracing = true, options => options.AbortOnConnectFail = false);
        builder.AddRedisTracing();
        builder.Services.AddHostedService<RedisConnectionWatch>();
        builder.Services.AddOptions<StoreConnections>()
            .Configure<IConfiguration>((connections, configuration) => connections.Redis = configuration.GetConnectionString(Redis))
            .Validate(connections => IsRedis(connections.Redis), $"ConnectionStrings:{Redis} is missing or no Redis connection string: write host:port[,password=…][,ssl=true]")
            .ValidateOnStart();
        if (!builder.UsesBlobs())
        {
            return builder;
        }

        builder.AddAzureBlobServiceClient(Blobs);
        builder.Services.AddOptions<StoreConnections>()
            .Configure<IConfiguration>((connections, configuration) => connections.Blobs = configuration.GetConnectionString(Blobs))
            .Validate(
                connections => IsBlobService(connections.Blobs),
                $"ConnectionStrings:{Blobs} is missing or no storage connection string: write the account's connection string, or its https:// address for token credentials; or set Chunks:Store=FileSystem");
        return builder;
    }

    private static bool UsesBlobs(this IHostApplicationBuilder builder) =>
        builder.Configuration["Chunks:Store"] is not { Length: > 0 } store || store.Equals("Azure", StringComparison.OrdinalIgnoreCase);

    private static bool IsRedis([NotNullWhen(true)] string? connectionString)
    {
        try
        {
            return !string.IsNullOrWhiteSpace(connectionString) && ConfigurationOptions.Parse(connectionString) is { EndPoints.Count: > 0 };
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static bool IsBlobService([NotNullWhen(true)] string? connectionString)
    {
        if (string.IsNullOrWhiteSpace(connectionString))
        {
            return false;
        }

        if (Uri.TryCreate(connectionString, UriKind.Absolute, out var address))
        {
            return address.Scheme == Uri.UriSchemeHttps || address.Scheme == Uri.UriSchemeHttp;
        }

        try
        {
            return new BlobServiceClient(connectionString).Uri.IsAbsoluteUri;
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException or InvalidOperationException or IndexOutOfRangeException)
        {
            return false;
        }
    }

    private sealed class StoreConnections
    {
        public string? Redis { get; set; }

        public string? Blobs { get; set; }
    }
}
