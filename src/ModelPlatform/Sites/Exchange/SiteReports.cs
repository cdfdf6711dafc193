using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using ModelPlatform.Events;

namespace ModelPlatform.Sites.Exchange;

/// <summary>Tells people what happens with sites: on the board, in the log, as events.</summary>
internal sealed partial class SiteReports(SiteBoard board, IEventRaiser events, ILogger<SiteReports> logger)
{
    /// <summary>States were not taken.</summary>
    public void Refused(string site, IReadOnlyList<RefusedState> refused)
    {
        if (refused.Count == 0)
        {
            return;
        }

        board.Update(site, standing =>
        {
            var counts = new Dictionary<string, long>(standing.Refused);
            foreach (var reason in refused.CountBy(state => state.Reason))
            {
                counts[reason.Key] = counts.GetValueOrDefault(reason.Key) + reason.Value;
            }

            return standing with { Refused = counts };
        });
        foreach (var (reason, count) in refused.CountBy(state => state.Reason))
        {
            LogRefused(count, site, reason);
            Tell(site, "refused", new JsonObject { ["reason"] = reason, ["count"] = count, ["example"] = refused.First(state => state.Reason == reason) is var one ? $"{one.Collection}/{one.Id}/{one.Field}" : null });
        }
    }

    /// <summary>A site's clock is too far ahead.</summary>
    public void ClockAhead(string site, TimeSpan ahead)
    {
        LogClock(site, ahead.TotalMinutes);
        Tell(site, "clock_ahead", new JsonObject { ["minutes"] = Math.Round(ahead.TotalMinutes, 1) });
    }

    /// <summary>A site that nobody added sends something.</summary>
    public void Unknown(string site)
    {
        LogUnknown(site);
        Tell(site, "unknown_site", []);
    }

    /// <summary>A site knows less than it did.</summary>
    public void Restored(string site, long head, long pulled)
    {
        LogRestored(site, head, pulled);
        Tell(site, "restored", new JsonObject { ["head"] = head, ["expected"] = pulled });
    }

    /// <summary>This site was away for longer than removals are remembered, and dropped what others removed meanwhile.</summary>
    public void Stale(string site, int dropped, DateTimeOffset lastContact)
    {
        LogStale(site, lastContact, dropped);
        Tell(site, "stale", new JsonObject { ["dropped"] = dropped, ["lastContact"] = lastContact.ToString("O") });
    }

    /// <summary>A site answers again, or no longer.</summary>
    public void Moved(string site, SiteState state, string? reason)
    {
        LogMoved(site, state, reason);
        Tell(site, state == SiteState.Connected ? "connected" : "away", new JsonObject { ["state"] = state.ToString(), ["reason"] = reason });
    }

    /// <summary>A model another site has is wanted here.</summary>
    public void Model(string site, string modelId, string what, string? reason)
    {
        LogModel(modelId, site, what, reason);
        Tell(site, what, new JsonObject { ["reason"] = reason }, modelId);
    }

    private void Tell(string site, string what, JsonObject data, string? modelId = null)
    {
        data["site"] = site;
        data["what"] = what;
        events.Raise(EventTypes.SiteChanged, modelId, data);
    }

    [LoggerMessage(1, LogLevel.Warning, "{Count} fields of the site {Site} were not taken: {Reason}")]
    private partial void LogRefused(int count, string site, string reason);

    [LoggerMessage(2, LogLevel.Warning, "The clock of the site {Site} is {Minutes} min ahead: nothing is taken from it")]
    private partial void LogClock(string site, double minutes);

    [LoggerMessage(3, LogLevel.Warning, "A site that is not known here sends changes under the id {Site}")]
    private partial void LogUnknown(string site);

    [LoggerMessage(4, LogLevel.Warning, "The site {Site} was restored from an older state: its log ends at {Head}, {Pulled} was read before. All is compared")]
    private partial void LogRestored(string site, long head, long pulled);

    [LoggerMessage(5, LogLevel.Warning, "This site was last in contact with {Site} at {LastContact}, longer ago than removals are remembered: {Dropped} old fields that the others have removed were dropped")]
    private partial void LogStale(string site, DateTimeOffset lastContact, int dropped);

    [LoggerMessage(6, LogLevel.Information, "The site {Site} is {State} {Reason}")]
    private partial void LogMoved(string site, SiteState state, string? reason);

    [LoggerMessage(7, LogLevel.Information, "{Model} of the site {Site}: {What} {Reason}")]
    private partial void LogModel(string model, string site, string what, string? reason);
}
