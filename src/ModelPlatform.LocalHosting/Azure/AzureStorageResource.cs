using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Azure;

/// <summary>An Azure storage account, or its emulator on this machine.</summary>
public class AzureStorageResource : Resource, IResourceWithEndpoints
{
    internal AzureStorageResource(string name)
        : base(name)
        => Endpoints.Add(new Endpoint("blob", "http", port: null));

    internal AzureStorageEmulatorResource? Emulator { get; set; }
}

/// <summary>The emulator of a storage account. Here it is a process.</summary>
public class AzureStorageEmulatorResource : ContainerResource
{
    internal AzureStorageEmulatorResource(AzureStorageResource storage)
        : base(storage.Name)
        => Storage = storage;

    internal AzureStorageResource Storage { get; }
}

/// <summary>The blob service of a storage account.</summary>
public class AzureBlobStorageResource : Resource, IResourceWithConnectionString
{
    /// <summary>The emulator's account: its key is public, the same on every machine.</summary>
    private const string EmulatorAccount = "devstoreaccount1";
    private const string EmulatorKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    internal AzureBlobStorageResource(string name, AzureStorageResource storage)
        : base(name)
    {
        Parent = storage;
        Dependencies.Add(storage);
        ConnectionStringExpression = new ReferenceExpression(new DualValue($"{{{storage.Name}.outputs.blobEndpoint}}", async token =>
            $"DefaultEndpointsProtocol=http;AccountName={EmulatorAccount};AccountKey={EmulatorKey};BlobEndpoint=http://127.0.0.1:{await storage.Endpoints[0].AllocatedPort.WaitAsync(token)}/{EmulatorAccount};"));
    }

    /// <summary>The account.</summary>
    public AzureStorageResource Parent { get; }

    /// <inheritdoc/>
    public ReferenceExpression ConnectionStringExpression { get; }
}
