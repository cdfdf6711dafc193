using ModelPlatform.Client.Connection;
using ModelPlatform.Manifests.Trust;

namespace ModelPlatform.Client.Loading;

/// <summary>How a <see cref="ModelLoader"/> works.</summary>
public sealed class ModelLoaderOptions
{
    /// <summary>Where loaded models are kept. Several processes may share it.</summary>
    public string CacheDirectory { get; set; } =
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "modelplatform", "cache");

    /// <summary>Most bytes the cache may take, everything counted: files, what is half loaded, manifests. The least recently used models go first.</summary>
    public long MaxCacheSize { get; set; } = 2L * 1024 * 1024 * 1024;

    /// <summary>Where bytes may come from, in this order; the manifest's fallback URLs follow.</summary>
    public IReadOnlyList<LoadSource> Sources { get; set; } = [LoadSource.Cache, LoadSource.Gcs, LoadSource.Ipfs, LoadSource.P2p];

    /// <summary>The gateway of <see cref="LoadSource.Ipfs"/>; a CID is appended.</summary>
    public Uri IpfsGateway { get; set; } = new("https://ipfs.io/ipfs/");

    /// <summary>The sites of <see cref="LoadSource.P2p"/>.</summary>
    public IReadOnlyList<Uri> Peers { get; set; } = [];

    /// <summary>Who may sign manifests. Null: structure and hashes are checked, signatures are not.</summary>
    public TrustRoot? TrustRoot { get; set; }

    /// <summary>Never use the network: manifests and files come from the cache or not at all.</summary>
    public bool Offline { get; set; }

    /// <summary>Connections at once for one file.</summary>
    public int Connections { get; set; } = 4;

    /// <summary>How long a connection may be silent before it counts as dead.</summary>
    public TimeSpan NoProgressTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Bytes of memory a model may need; by default what the machine has left, its container's limit included.</summary>
    public Func<long> AvailableMemory { get; set; } = Selection.AvailableMemory.Detect;

    /// <summary>Told of a source that failed, and of a preload that did; by default a line on standard error.</summary>
    public Action<ApiProblem> OnError { get; set; } = problem => Console.Error.WriteLine($"{problem.Code}: {problem.Error}");

    /// <summary>Told what is worth knowing though nothing failed, such as a manifest without signatures; by default nobody is.</summary>
    public Action<string> OnWarning { get; set; } = _ => { };
}
