using Azure.Core;

namespace Aspire.Azure.Storage.Blobs;

/// <summary>Settings of the blob client: the section <c>Aspire:Azure:Storage:Blobs</c>, and below it a section with the connection's name.</summary>
public class AzureStorageBlobsSettings
{
    /// <summary>An account's connection string. <c>ConnectionStrings:{name}</c> wins over it; an absolute address there becomes <see cref="ServiceUri"/>.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>The blob service's address, used with token credentials.</summary>
    public Uri? ServiceUri { get; set; }

    /// <summary>The credential for <see cref="ServiceUri"/>; the platform's default one if null.</summary>
    public TokenCredential? Credential { get; set; }

    /// <summary>Leaves the health check out.</summary>
    public bool DisableHealthChecks { get; set; }

    /// <summary>Leaves the trace of requests out.</summary>
    public bool DisableTracing { get; set; }
}
