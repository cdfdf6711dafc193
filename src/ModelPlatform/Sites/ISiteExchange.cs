using ModelPlatform.Sources;

namespace ModelPlatform.Sites;

/// <summary>The exchange with other sites, for people who look at it.</summary>
public interface ISiteExchange
{
    /// <summary>How it stands with every site.</summary>
    Task<SitesReport> ReportAsync(CancellationToken cancellationToken);

    /// <summary>Exchanges with a site now.</summary>
    Task<Result<SiteReport>> SyncAsync(string name, CancellationToken cancellationToken);

    /// <summary>Forgets how far the exchange with a site had come.</summary>
    Task ForgetAsync(string name, CancellationToken cancellationToken);
}
