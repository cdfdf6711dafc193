using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Azure;

namespace Aspire.Hosting;

/// <summary>Azure storage in the graph. Here it is Azurite.</summary>
public static class AzureStorageExtensions
{
    /// <summary>Adds a storage account.</summary>
    public static IResourceBuilder<AzureStorageResource> AddAzureStorage(this IDistributedApplicationBuilder builder, string name) =>
        builder.AddResource(new AzureStorageResource(name));

    /// <summary>Runs the emulator in its place on this machine.</summary>
    public static IResourceBuilder<AzureStorageResource> RunAsEmulator(this IResourceBuilder<AzureStorageResource> builder, Action<IResourceBuilder<AzureStorageEmulatorResource>>? configureContainer = null)
    {
        if (builder.ApplicationBuilder.ExecutionContext.IsRunMode)
        {
            builder.Resource.Emulator = new AzureStorageEmulatorResource(builder.Resource);
            configureContainer?.Invoke(new ResourceBuilder<AzureStorageEmulatorResource>(builder.ApplicationBuilder, builder.Resource.Emulator));
        }

        return builder;
    }

    /// <summary>Keeps the emulator's data in a directory of this machine.</summary>
    public static IResourceBuilder<AzureStorageEmulatorResource> WithDataBindMount(this IResourceBuilder<AzureStorageEmulatorResource> builder, string? path = null, bool isReadOnly = false)
    {
        if (isReadOnly)
        {
            throw new DistributedApplicationException($"'{builder.Resource.Name}': the emulator needs a directory it may write");
        }

        builder.Resource.DataDirectory = path ?? Path.Combine(builder.ApplicationBuilder.AppHostDirectory, ".azurite", builder.Resource.Name);
        return builder;
    }

    /// <summary>Adds the account's blob service.</summary>
    public static IResourceBuilder<AzureBlobStorageResource> AddBlobs(this IResourceBuilder<AzureStorageResource> builder, string name) =>
        builder.ApplicationBuilder.AddResource(new AzureBlobStorageResource(name, builder.Resource));
}
