using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ModelPlatform.Documents.Log;
using ModelPlatform.Plugins;
using ModelPlatform.Sources;

namespace ModelPlatform.Sites.Exchange;

/// <summary>Keeps an exchange going with every site: at intervals, and at once when something changes here or a site says that it has something.</summary>
internal sealed partial class SiteRounds(SiteDirectory directory, SiteExchange exchange, SiteProgressRecords progress, SiteBoard board, SiteSignals signals, SiteReports reports, DocumentLog log, IOptions<SiteOptions> options, TimeProvider time, ILogger<SiteRounds> logger, IPluginHost? plugins = null)
    : BackgroundService, ISiteExchange
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private readonly Dictionary<string, (CancellationTokenSource Stop, Task Loop)> loops = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim look = new(0);
    private string? told;

    public async Task<Result<SiteReport>> SyncAsync(string name, CancellationToken cancellationToken)
    {
        var sites = await directory.ListAsync(cancellationToken);
        board.Keep([.. sites.Select(known => known.Name)]);
        if (sites.FirstOrDefault(known => known.Name == name) is not { } site)
        {
            return new PlatformError(ErrorCode.NotFound, $"There is no site {name}.");
        }

        return await TryAsync(site, cancellationToken) is { } error ? error : SiteReport.Of(site, board.Of(name), (await ReadSelfAsync(cancellationToken)).Digest);
    }

    public async Task<SitesReport> ReportAsync(CancellationToken cancellationToken)
    {
        var self = await ReadSelfAsync(cancellationToken);
        return new SitesReport(self, [.. (await directory.ListAsync(cancellationToken)).Select(site => SiteReport.Of(site, board.Of(site.Name), self.Digest))]);
    }

    public async Task ForgetAsync(string name, CancellationToken cancellationToken)
    {
        await progress.ForgetAsync(name, cancellationToken);
        board.Update(name, _ => new SiteStanding());
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        log.Changed += signals.WakeAll;
        directory.Changed += () => look.Release();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await StartAndStopAsync(await directory.ListAsync(stoppingToken), stoppingToken);
                await look.WaitAsync(Look, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (PlatformException exception)
            {
                LogStoreAway(exception.Message);
                await Task.Delay(Look, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        await Task.WhenAll(loops.Values.Select(loop => loop.Loop));
    }

    private async Task<SelfReport> ReadSelfAsync(CancellationToken cancellationToken) => await log.ReadAsync(view => new SelfReport(
        view.Site,
        Documents.Replication.MapDigest.RootOf(view.Map.Digest()),
        view.Map.CollectionNames.Sum(collection => view.Map.Ids(collection, null).Count()),
        view.Map.Count,
        Math.Round(view.Clock.Ahead.TotalSeconds, 3)), cancellationToken);

    private async Task StartAndStopAsync(IReadOnlyList<Site> sites, CancellationToken stoppingToken)
    {
        board.Keep([.. sites.Select(site => site.Name)]);
        var fetchedFrom = string.Join('\n', sites.Select(site => $"{site.Name} {site.Url} {site.Token}"));
        if (told is not null && told != fetchedFrom && plugins is not null)
        {
            // It reads the list of sites when it is loaded.
            await plugins.ReloadAsync(PeerSites.PluginId, stoppingToken);
        }

        told = fetchedFrom;
        foreach (var gone in loops.Keys.Except(sites.Select(site => site.Name), StringComparer.Ordinal).ToList())
        {
            await loops[gone].Stop.CancelAsync();
            loops.Remove(gone);
        }

        foreach (var site in sites.Where(site => !loops.ContainsKey(site.Name)))
        {
            var kept = await progress.ReadAsync(site.Name, stoppingToken);
            board.Update(site.Name, standing => standing with { Progress = kept });
            var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            loops[site.Name] = (stop, Task.Run(() => LoopAsync(site.Name, stop.Token), CancellationToken.None));
        }
    }

    private async Task LoopAsync(string name, CancellationToken stop)
    {
        var pause = FirstPause;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var wait = options.Value.Interval;
                if ((await directory.ListAsync(stop)).FirstOrDefault(site => site.Name == name) is { } site)
                {
                    var failed = await TryAsync(site, stop) is not null;
                    pause = !failed ? FirstPause : pause * 2 < options.Value.LongestPause ? pause * 2 : options.Value.LongestPause;
                    wait = failed ? pause : wait;
                }

                await signals.WaitAsync(name, wait, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (PlatformException exception)
            {
                LogStoreAway(exception.Message);
                await Task.Delay(Look, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task<PlatformError?> TryAsync(Site site, CancellationToken cancellationToken)
    {
        var (state, error) = site.Paused ? (SiteState.Paused, null) : !site.IsOpenAt(time.GetUtcNow()) ? (SiteState.Closed, null) : (SiteState.Connected, await exchange.RunAsync(site, cancellationToken));
        if (error is not null)
        {
            state = error.IsRetryable ? SiteState.Unreachable : SiteState.Refused;
        }

        var before = board.Of(site.Name).State;
        board.Update(site.Name, standing => standing with { State = state, Reason = error?.Message });
        if (before != state)
        {
            reports.Moved(site.Name, state, error?.Message);
        }

        return error;
    }

    [LoggerMessage(1, LogLevel.Warning, "The exchange with other sites waits: {Reason}")]
    private partial void LogStoreAway(string reason);
}
