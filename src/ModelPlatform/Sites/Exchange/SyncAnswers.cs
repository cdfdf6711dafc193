using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ModelPlatform.Documents.Log;
using ModelPlatform.Documents.Replication;
using ModelPlatform.Manifests.Trust;
using ModelPlatform.Sources;

namespace ModelPlatform.Sites.Exchange;

/// <summary>Answers other sites out of the log.</summary>
internal sealed class SyncAnswers(DocumentLog log, StateIntake intake, StateGate gate, ITrustKeys keys, ISiteDirectory directory, SiteBoard board, SiteReports reports, SiteSignals signals, TimeProvider time) : ISyncAnswers
{
    public async Task<Result<ReadOnlyMemory<byte>>> ReadChangesAsync(long since, int? limit, string? have, CancellationToken cancellationToken)
    {
        if (ReadHave(have) is not { } known)
        {
            return new PlatformError(ErrorCode.InvalidRequest, "have is SITE:TIME,SITE:TIME and so on.");
        }

        var most = Math.Clamp(limit ?? SyncLimits.MostStates, 1, SyncLimits.MostStates);
        var own = keys.OwnKeys;
        var page = await log.ReadAsync(view => Compose(view, since, most, known, own), cancellationToken);
        return Write(page, SyncJson.Default.ChangesPage);
    }

    public async Task<Result<ReadOnlyMemory<byte>>> TakeChangesAsync(Stream body, CancellationToken cancellationToken)
    {
        if (!(await ReadAsync(body, SyncJson.Default.ChangesPush, cancellationToken)).TryGet(out var push, out var error))
        {
            return error;
        }

        if (!Site.IsValidName(push.Site) || push.States.Count > SyncLimits.MostStates)
        {
            return new PlatformError(ErrorCode.InvalidRequest, $"site is a site's id, and states are at most {SyncLimits.MostStates}.");
        }

        if (gate.FindSkew(push.Time) is { } ahead)
        {
            reports.ClockAhead(board.NameOf(push.Site) ?? push.Site, ahead);
            return new PlatformError(ErrorCode.InvalidState, $"The clock of the site {push.Site} is {ahead.TotalMinutes:0.0} min ahead of this one's. Nothing is taken from it until one of them is set right.");
        }

        board.Keep([.. (await directory.ListAsync(cancellationToken)).Select(known => known.Name)]);
        if (push.States.Count > 0 && board.KeysOf(push.Site) is null)
        {
            reports.Unknown(push.Site);
            return new PlatformError(ErrorCode.Forbidden, $"The site {push.Site} is not known here. Add it with PUT /v1/sites/{{name}}, and it will be asked.");
        }

        var (taken, refused) = await intake.TakeAsync(push.States, null, cancellationToken);
        reports.Refused(board.NameOf(push.Site) ?? push.Site, refused);
        var pulls = board.NameOf(push.Site) is { } name && board.Of(name).State == SiteState.Connected;
        if (pulls && push.States.Count == 0)
        {
            signals.Wake(board.NameOf(push.Site)!);
        }

        var (site, digest) = await log.ReadAsync(view => (view.Site, view.Map.Digest()), cancellationToken);
        return Write(new PushAnswer { Site = site, Time = HybridTime.Of(time.GetUtcNow()), Taken = taken, Refused = [.. refused.Take(100)], Root = MapDigest.RootOf(digest), Pulls = pulls }, SyncJson.Default.PushAnswer);
    }

    public async Task<ReadOnlyMemory<byte>> ReadDigestAsync(CancellationToken cancellationToken) => await log.ReadAsync(view => view.Map.Digest(), cancellationToken);

    public async Task<Result<ReadOnlyMemory<byte>>> ReadBucketsAsync(Stream body, CancellationToken cancellationToken)
    {
        if (!(await ReadAsync(body, SyncJson.Default.BucketsRequest, cancellationToken)).TryGet(out var request, out var error))
        {
            return error;
        }

        if (request.Buckets.Count > MapDigest.Buckets || request.Buckets.Any(bucket => bucket is < 0 or >= MapDigest.Buckets))
        {
            return new PlatformError(ErrorCode.InvalidRequest, $"buckets are numbers below {MapDigest.Buckets}.");
        }

        return (ReadOnlyMemory<byte>)await log.ReadAsync(view => BucketNames.Write(view.Map, request.Buckets), cancellationToken);
    }

    public async Task<Result<ReadOnlyMemory<byte>>> ReadStatesAsync(Stream body, CancellationToken cancellationToken)
    {
        if (!(await ReadAsync(body, SyncJson.Default.StatesRequest, cancellationToken)).TryGet(out var request, out var error))
        {
            return error;
        }

        if (request.Names.Keys.Any(bucket => bucket is < 0 or >= MapDigest.Buckets) || request.Names.Values.Sum(names => names.Count) > SyncLimits.MostStates)
        {
            return new PlatformError(ErrorCode.InvalidRequest, $"names are at most {SyncLimits.MostStates} in buckets below {MapDigest.Buckets}.");
        }

        var states = await log.ReadAsync(view => Find(view.Map, request), cancellationToken);
        return Write(new StatesAnswer(states), SyncJson.Default.StatesAnswer);
    }

    private ChangesPage Compose(LogView view, long since, int most, Dictionary<string, HybridTime> known, IReadOnlyList<string> own)
    {
        var states = new List<FieldState>();
        var (bytes, next, more, left, leftBytes) = (0L, since, false, 0L, 0L);
        foreach (var cell in view.Map.ChangesAfter(since))
        {
            var isKnown = known.TryGetValue(cell.State.Site, out var seen) && cell.State.Time <= seen;
            more |= !isKnown && (states.Count == most || (states.Count > 0 && bytes + cell.State.Weight > SyncLimits.MostPageBytes));
            if (more)
            {
                (left, leftBytes) = isKnown ? (left, leftBytes) : (left + 1, leftBytes + cell.State.Weight);
                continue;
            }

            next = cell.Position;
            if (!isKnown)
            {
                states.Add(cell.State);
                bytes += cell.State.Weight;
            }
        }

        return new ChangesPage
        {
            Site = view.Site,
            Epoch = view.Epoch,
            Time = HybridTime.Of(time.GetUtcNow()),
            Head = view.Map.Position,
            Next = more ? next : view.Map.Position,
            More = more,
            Remaining = new SyncAmount(left, leftBytes),
            Root = MapDigest.RootOf(view.Map.Digest()),
            Seen = new Dictionary<string, HybridTime>(view.Seen.Times),
            Keys = own,
            States = states,
        };
    }

    private static List<FieldState> Find(FieldMap map, StatesRequest request)
    {
        var found = new List<FieldState>();
        var bytes = 0L;
        foreach (var (bucket, names) in request.Names)
        {
            var wanted = names.ToHashSet(StringComparer.Ordinal);
            foreach (var cell in map.InBucket(bucket).Where(cell => wanted.Contains(MapDigest.NameOf(cell.State).ToString("x16", CultureInfo.InvariantCulture))))
            {
                if (found.Count > 0 && (bytes += cell.State.Weight) > SyncLimits.MostPageBytes)
                {
                    return found;
                }

                found.Add(cell.State);
            }
        }

        return found;
    }

    private static Dictionary<string, HybridTime>? ReadHave(string? have)
    {
        var known = new Dictionary<string, HybridTime>(StringComparer.Ordinal);
        foreach (var pair in (have ?? string.Empty).Split(',', StringSplitOptions.RemoveEmptyEntries).Take(1000))
        {
            if (pair.Split(':') is not [var site, var text] || !Site.IsValidName(site) || !HybridTime.TryParse(text, out var seen))
            {
                return null;
            }

            known[site] = seen;
        }

        return known;
    }

    private static Result<ReadOnlyMemory<byte>> Write<T>(T answer, JsonTypeInfo<T> type) => (ReadOnlyMemory<byte>)JsonSerializer.SerializeToUtf8Bytes(answer, type);

    private static async Task<Result<T>> ReadAsync<T>(Stream body, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        if (!(await BoundedBody.ReadAsync(body, SyncLimits.MostBodyBytes, cancellationToken)).TryGet(out var bytes, out var error))
        {
            return error;
        }

        try
        {
            return JsonSerializer.Deserialize(bytes.Span, type) is { } read ? read : new PlatformError(ErrorCode.InvalidRequest, "The body is null.");
        }
        catch (JsonException)
        {
            return new PlatformError(ErrorCode.InvalidRequest, "The body is not the JSON expected here.");
        }
    }
}
