using ModelPlatform.Client.Connection;
using ModelPlatform.Client.Documents;
using ModelPlatform.Client.Events;
using ModelPlatform.Client.Jobs;
using ModelPlatform.Client.Models;
using ModelPlatform.Client.Plugins;
using ModelPlatform.Client.Runtimes;
using ModelPlatform.Client.Sites;
using ModelPlatform.Client.Storage;
using ModelPlatform.Client.Trust;

namespace ModelPlatform.Client;

/// <summary>The API of one ModelPlatform. All members are safe to call concurrently; expected failures are results, never exceptions.</summary>
public sealed class ModelPlatformClient
{
    /// <summary>The address a platform has unless it is moved.</summary>
    public static readonly Uri DefaultAddress = new("http://localhost:5100/");

    /// <summary>Speaks to the platform at <paramref name="http"/>'s base address, <see cref="DefaultAddress"/> where none is set.</summary>
    /// <param name="http">Its timeout bounds the wait for an answer's headers. It is not disposed.</param>
    /// <param name="token">Sent as <c>Authorization: Bearer</c>, where given.</param>
    /// <param name="time">The clock of reconnections.</param>
    public ModelPlatformClient(HttpClient http, string? token = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(http);
        var address = http.BaseAddress ?? DefaultAddress;
        BaseAddress = address.AbsolutePath.EndsWith('/') ? address : new Uri($"{address.AbsoluteUri}/");
        var connection = Connection = new ApiConnection(http, BaseAddress, string.IsNullOrEmpty(token) ? null : token);
        Models = new ModelsClient(connection);
        Jobs = new JobsClient(connection);
        Runtimes = new RuntimesClient(connection);
        Plugins = new PluginsClient(connection);
        Storage = new StorageClient(connection);
        Trust = new TrustClient(connection);
        Sites = new SitesClient(connection);
        Documents = new DocumentsClient(connection);
        Events = new EventsClient(connection, time ?? TimeProvider.System);
    }

    /// <summary>Where the platform is.</summary>
    public Uri BaseAddress { get; }

    internal ApiConnection Connection { get; }

    /// <summary>Inspecting, listing, reading, changing models.</summary>
    public ModelsClient Models { get; }

    /// <summary>Fetching, and the jobs that do it.</summary>
    public JobsClient Jobs { get; }

    /// <summary>Loading, running and unloading models.</summary>
    public RuntimesClient Runtimes { get; }

    /// <summary>Source plugins.</summary>
    public PluginsClient Plugins { get; }

    /// <summary>The chunk store and the index over it.</summary>
    public StorageClient Storage { get; }

    /// <summary>Keys and signatures.</summary>
    public TrustClient Trust { get; }

    /// <summary>The sites that documents are exchanged with.</summary>
    public SitesClient Sites { get; }

    /// <summary>Documents.</summary>
    public DocumentsClient Documents { get; }

    /// <summary>What happens, as it happens.</summary>
    public EventsClient Events { get; }
}
