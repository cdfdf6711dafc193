using System.Diagnostics;
using Azure.Storage.Blobs;

namespace ModelPlatform.Tests.Stores;

/// <summary>A real Azurite blob service. Its program is the npm package that test.sh restores, or what <c>MODELPLATFORM_TEST_AZURITE</c> names.</summary>
public sealed class AzuriteServer : StoreProcess
{
    private const string Account = "devstoreaccount1";

    // The emulator's published key, the same on every machine.
    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    /// <summary>A client of the whole account.</summary>
    public BlobServiceClient CreateClient()
    {
        var options = new BlobClientOptions();
        options.Retry.MaxRetries = 2;
        options.Retry.NetworkTimeout = TimeSpan.FromSeconds(20);
        return new BlobServiceClient($"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={Key};BlobEndpoint=http://127.0.0.1:{Port}/{Account};", options);
    }

    /// <summary>Starts one, for <c>await using</c>.</summary>
    public static async Task<AzuriteServer> StartNewAsync(CancellationToken cancellationToken)
    {
        var server = new AzuriteServer();
        await server.StartAsync(cancellationToken);
        return server;
    }

    /// <inheritdoc/>
    protected override ProcessStartInfo Describe()
    {
        const string Program = "node_modules/azurite/dist/src/blob/main.js";
        var root = RepositoryRoot();
        var script = Find(
            "Azurite",
            Environment.GetEnvironmentVariable("MODELPLATFORM_TEST_AZURITE"),
            Path.Combine(root, "src", "ModelPlatform.LocalHosting", "npm", Program));
        return new ProcessStartInfo("node", [script, "--blobHost", "127.0.0.1", "--blobPort", $"{Port}", "--location", DataDirectory, "--skipApiVersionCheck", "--silent"]);
    }
}
