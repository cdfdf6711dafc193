using Microsoft.Extensions.Options;
using ModelPlatform.Documents;
using ModelPlatform.Documents.Log;
using ModelPlatform.Documents.Replication;
using ModelPlatform.Sources;

namespace ModelPlatform.Sites.Exchange;

/// <summary>
/// One round with one site: what is new here is sent, what is new there is taken in, page by page, each page durable before the next is asked for. States are
/// exchanged rather than operations (P. S. Almeida, A. Shoker, C. Baquero: Delta State Replicated Data Types, 2018), so a page lost, repeated or out of order does no harm.
/// </summary>
internal sealed class SiteExchange(DocumentLog log, SiteClient client, StateIntake intake, StateGate gate, AntiEntropy antiEntropy, SiteProgressRecords progress, SiteBoard board, SiteReports reports, IOptions<DocumentOptions> options, TimeProvider time)
{
    /// <summary>Exchanges all there is.</summary>
    /// <returns>Null, or why it did not come to an end.</returns>
    public async Task<PlatformError?> RunAsync(Site site, CancellationToken cancellationToken)
    {
        var before = board.Of(site.Name).Progress;
        var isFirst = before.SiteId is null;
        // A site that takes nothing may still give.
        var notTaken = isFirst ? null : await PushAsync(site, cancellationToken);
        var error = notTaken is { IsRetryable: true } ? notTaken : await PullAsync(site, cancellationToken);
        error ??= isFirst ? await PushAsync(site, cancellationToken) : notTaken;
        if (error is null)
        {
            var away = before.LastContact is { } last && last < LogUpkeep.Horizon(time.GetUtcNow(), options.Value.TombstoneHorizon).Wall ? before.LastContact : null;
            error = await antiEntropy.CompareAsync(site, away, cancellationToken);
        }

        if (error is null)
        {
            board.Update(site.Name, standing => standing with { Progress = standing.Progress with { LastContact = time.GetUtcNow() } });
            await progress.KeepAsync(site.Name, board.Of(site.Name).Progress, cancellationToken);
        }

        return error;
    }

    private async Task<PlatformError?> PullAsync(Site site, CancellationToken cancellationToken)
    {
        while (true)
        {
            var known = board.Of(site.Name).Progress;
            var have = await log.ReadAsync(view => new Dictionary<string, HybridTime>(view.Seen.Times), cancellationToken);
            if (!(await client.GetChangesAsync(site, known.Pulled, have, cancellationToken)).TryGet(out var page, out var error))
            {
                return error;
            }

            if (await CheckAsync(site, page, known, cancellationToken) is { } refusal)
            {
                return refusal;
            }

            if (known.Pulled > page.Head || (known.Epoch is not null && known.Epoch != page.Epoch))
            {
                reports.Restored(site.Name, page.Head, known.Pulled);
                board.Update(site.Name, standing => standing with { Progress = standing.Progress with { Epoch = page.Epoch, Pulled = 0, Pushed = 0 } });
                antiEntropy.Demand(site.Name);
                continue;
            }

            var (_, refused) = await intake.TakeAsync(page.States, page.More ? null : page.Seen, cancellationToken);
            reports.Refused(site.Name, refused);
            board.Update(site.Name, standing => standing with
            {
                Progress = standing.Progress with { SiteId = page.Site, Epoch = page.Epoch, Pulled = page.Next, Keys = page.Keys },
                Behind = (page.Remaining.Fields, page.Remaining.Bytes),
                Root = page.Root,
                Seen = page.Seen,
            });
            if (!page.More)
            {
                return null;
            }
        }
    }

    private async Task<PlatformError?> CheckAsync(Site site, ChangesPage page, SiteProgress known, CancellationToken cancellationToken)
    {
        if (gate.FindSkew(page.Time) is { } ahead)
        {
            reports.ClockAhead(site.Name, ahead);
            return new PlatformError(ErrorCode.InvalidState, $"The clock of the site {site.Name} is {ahead.TotalMinutes:0.0} min ahead of this one's. Nothing is taken from it until one of them is set right.");
        }

        var own = await log.ReadAsync(view => view.Site, cancellationToken);
        return page.Site == own ? new PlatformError(ErrorCode.InvalidState, $"The site {site.Name} writes under this site's own id {own}. Give each its own (Documents:Site), or check the address.")
            : !Site.IsValidName(page.Site) || (known.SiteId is { } id && id != page.Site) ? new PlatformError(ErrorCode.InvalidState, $"The site {site.Name} was {known.SiteId} and now calls itself {page.Site}. If that is right, remove it and add it again.")
            : null;
    }

    private async Task<PlatformError?> PushAsync(Site site, CancellationToken cancellationToken)
    {
        while (true)
        {
            var standing = board.Of(site.Name);
            var (own, states, next, more, fields, bytes) = await log.ReadAsync(view => Outgoing(view, standing), cancellationToken);
            board.Update(site.Name, now => now with { Ahead = (fields, bytes) });
            if (states.Count == 0)
            {
                Pushed(site.Name, next, (0, 0));
                return null;
            }

            // A site that asks by itself is told that there is much, and asks; it is sent only little, so that it has it at once.
            var tells = fields > SyncLimits.MostPushed && standing.Pulls;
            var push = new ChangesPush { Site = own, Time = HybridTime.Of(time.GetUtcNow()), States = tells ? [] : states };
            if (!(await client.PushAsync(site, push, cancellationToken)).TryGet(out var answer, out var error))
            {
                return error;
            }

            board.Update(site.Name, now => now with { Pulls = answer.Pulls, Root = answer.Root });
            if (tells && answer.Pulls)
            {
                return null;
            }

            if (!tells)
            {
                Pushed(site.Name, next, (fields - states.Count, bytes));
            }

            if (!tells && !more)
            {
                return null;
            }
        }
    }

    private static (string Own, List<FieldState> States, long Next, bool More, long Fields, long Bytes) Outgoing(LogView view, SiteStanding standing)
    {
        var states = new List<FieldState>();
        var (page, next, more, fields, bytes) = (0L, standing.Progress.Pushed, false, 0L, 0L);
        foreach (var cell in view.Map.ChangesAfter(standing.Progress.Pushed))
        {
            if (cell.State.Site == standing.Progress.SiteId || (standing.Seen.TryGetValue(cell.State.Site, out var seen) && cell.State.Time <= seen))
            {
                next = more ? next : cell.Position;
                continue;
            }

            (fields, bytes) = (fields + 1, bytes + cell.State.Weight);
            more |= states.Count == SyncLimits.MostStates || (states.Count > 0 && page + cell.State.Weight > SyncLimits.MostPageBytes);
            if (!more)
            {
                states.Add(cell.State);
                page += cell.State.Weight;
                next = cell.Position;
            }
        }

        return (view.Site, states, more ? next : view.Map.Position, more, fields, bytes);
    }

    private void Pushed(string site, long position, (long Fields, long Bytes) ahead) =>
        board.Update(site, standing => standing with { Progress = standing.Progress with { Pushed = position }, Ahead = ahead });
}
