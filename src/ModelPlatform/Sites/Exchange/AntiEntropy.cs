using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Options;
using ModelPlatform.Documents;
using ModelPlatform.Documents.Log;
using ModelPlatform.Documents.Replication;
using ModelPlatform.Sources;

namespace ModelPlatform.Sites.Exchange;

/// <summary>
/// Compares everything, where the roots differ although both sides believe to be in step: after a restore, a lost record, a refusal. Costs 16 KiB for the
/// buckets and 8 bytes for each state in those that differ, then only what is missing.
/// </summary>
internal sealed class AntiEntropy(DocumentLog log, SiteClient client, StateIntake intake, SiteBoard board, SiteReports reports, IOptions<DocumentOptions> options, TimeProvider time)
{
    private static readonly TimeSpan Often = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Seldom = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<string, (long At, TimeSpan Wait)> compared = new(StringComparer.Ordinal);

    /// <summary>Has the next round compare, whenever the last one did.</summary>
    public void Demand(string site) => compared.TryRemove(site, out _);

    /// <summary>Compares with a site if there is reason to.</summary>
    /// <param name="site">The site.</param>
    /// <param name="away">When this site last heard of it, where that is longer ago than removals are remembered.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<PlatformError?> CompareAsync(Site site, DateTimeOffset? away, CancellationToken cancellationToken)
    {
        var standing = board.Of(site.Name);
        var (root, position) = await log.ReadAsync(view => (MapDigest.RootOf(view.Map.Digest()), view.Map.Position), cancellationToken);
        var isSettled = standing.Progress.Pushed == position && standing.Behind.Fields == 0;
        if (root == standing.Root || (!isSettled && away is null) || (compared.TryGetValue(site.Name, out var last) && time.GetElapsedTime(last.At) < last.Wait))
        {
            return null;
        }

        var (changed, error) = await CompareNowAsync(site, away, cancellationToken);
        compared[site.Name] = (time.GetTimestamp(), changed ? Often : Seldom);
        return error;
    }

    /// <summary>Compares with a site.</summary>
    /// <returns>Whether anything was sent or taken.</returns>
    public async Task<(bool Changed, PlatformError? Error)> CompareNowAsync(Site site, DateTimeOffset? away, CancellationToken cancellationToken)
    {
        if (!(await client.GetDigestAsync(site, cancellationToken)).TryGet(out var theirs, out var error))
        {
            return (false, error);
        }

        var mine = await log.ReadAsync(view => view.Map.Digest(), cancellationToken);
        var buckets = MapDigest.Differences(mine, theirs.Span);
        if (buckets.Count == 0)
        {
            return (false, null);
        }

        if (!(await client.GetBucketsAsync(site, buckets, cancellationToken)).TryGet(out var names, out error))
        {
            return (false, error);
        }

        (var taken, error) = await PullAsync(site, names, cancellationToken);
        return error is not null ? (taken > 0, error) : await PushAsync(site, names, taken > 0, away, cancellationToken);
    }

    private async Task<(int Taken, PlatformError? Error)> PullAsync(Site site, Dictionary<int, HashSet<ulong>> names, CancellationToken cancellationToken)
    {
        var here = await log.ReadAsync(view => names.Keys.ToDictionary(bucket => bucket, bucket => view.Map.InBucket(bucket).Select(cell => MapDigest.NameOf(cell.State)).ToHashSet()), cancellationToken);
        var missing = names.SelectMany(bucket => bucket.Value.Where(name => !here[bucket.Key].Contains(name)).Select(name => (Bucket: bucket.Key, Name: name))).ToList();
        var taken = 0;
        while (missing.Count > 0)
        {
            var some = Math.Min(missing.Count, SyncLimits.MostStates / 2);
            var asked = missing.Take(some).GroupBy(one => one.Bucket, one => one.Name.ToString("x16", CultureInfo.InvariantCulture)).ToDictionary(group => group.Key, group => (IReadOnlyList<string>)[.. group]);
            if (!(await client.GetStatesAsync(site, asked, cancellationToken)).TryGet(out var answer, out var error))
            {
                return (taken, error);
            }

            var (count, refused) = await intake.TakeAsync(answer.States, null, cancellationToken);
            reports.Refused(site.Name, refused);
            taken += count;
            var got = answer.States.Select(MapDigest.NameOf).ToHashSet();
            // What it does not give although it named it has been replaced meanwhile: the next round brings it.
            missing = got.Count == 0 ? missing[some..] : [.. missing.Where(one => !got.Contains(one.Name))];
        }

        return (taken, null);
    }

    private async Task<(bool Changed, PlatformError? Error)> PushAsync(Site site, Dictionary<int, HashSet<ulong>> names, bool changed, DateTimeOffset? away, CancellationToken cancellationToken)
    {
        var (own, states) = await log.ReadAsync(view => (view.Site, names.Keys.SelectMany(view.Map.InBucket).Select(cell => cell.State).Where(state => !names[MapDigest.BucketOf(state.Key)].Contains(MapDigest.NameOf(state))).ToList()), cancellationToken);
        var late = new List<FieldKey>();
        while (states.Count > 0)
        {
            var bytes = 0L;
            var page = states.Take(SyncLimits.MostStates / 2).TakeWhile((state, i) => (bytes += state.Weight) <= SyncLimits.MostPageBytes || i == 0).ToList();
            if (!(await client.PushAsync(site, new ChangesPush { Site = own, Time = HybridTime.Of(time.GetUtcNow()), States = page }, cancellationToken)).TryGet(out var answer, out var error))
            {
                return (changed, error);
            }

            changed |= answer.Taken > 0;
            board.Update(site.Name, standing => standing with { Root = answer.Root });
            late.AddRange(answer.Refused.Where(state => state.Reason == StateGate.BeyondHorizon).Select(state => new FieldKey(state.Collection, state.Id, state.Field)));
            states.RemoveRange(0, page.Count);
        }

        if (away is { } lastContact && late.Count > 0)
        {
            var dropped = await DropAsync(late, cancellationToken);
            reports.Stale(site.Name, dropped, lastContact);
            changed |= dropped > 0;
        }

        return (changed, null);
    }

    /// <summary>This site was away for so long that it cannot know what was removed meanwhile: of what is older than that, it takes the other's word.</summary>
    private Task<int> DropAsync(List<FieldKey> late, CancellationToken cancellationToken) => log.ChangeAsync(draft =>
    {
        var horizon = LogUpkeep.Horizon(time.GetUtcNow(), options.Value.TombstoneHorizon);
        var old = late.Where(key => draft.Find(key) is { } state && state.Time < horizon).Distinct().ToList();
        old.ForEach(draft.Forget);
        return old.Count;
    }, cancellationToken);
}
