namespace ModelPlatform.Plugins.Outbound;

/// <summary>Limits of outgoing requests.</summary>
internal sealed class OutboundOptions
{
    /// <summary>Exact origins (<c>http://127.0.0.1:18090</c>) that callers' URLs and webhooks may reach although their addresses are private: <c>Fetch:AllowedOrigins</c>.</summary>
    public IList<string> AllowedOrigins { get; } = [];

    /// <summary>How long one connection may take to be made, name resolution and TLS included.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long an answer's headers may take, and how long a body may stand still: <c>Fetch:NoProgressTimeout</c>.</summary>
    public TimeSpan NoProgressTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Bytes per second a body must reach while it is being read, averaged over <see cref="NoProgressTimeout"/>.</summary>
    public int MinimumBytesPerSecond { get; set; } = 1024;

    /// <summary>Redirects followed for one request.</summary>
    public int MaxRedirects { get; set; } = 5;

    /// <summary>HTTP/1.1 connections to one host: a fetch opens many ranges at once.</summary>
    public int MaxConnectionsPerHost { get; set; } = 256;
}
