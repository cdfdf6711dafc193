using ModelPlatform.Documents.Replication;
using ModelPlatform.Sources;

namespace ModelPlatform.Documents.Log;

/// <summary>The whole map at one record of the log, in parts.</summary>
internal sealed class LogSnapshot
{
    private const int Parts = 64;
    private const int AtOnce = 16;
    private static readonly TimeSpan Grace = TimeSpan.FromHours(1);

    private readonly LogIndex next;
    private readonly Dictionary<int, LogPart> content = [];

    private LogSnapshot(LogIndex next) => this.next = next;

    public static LogSnapshot Take(LogIndex last, long number, FieldMap map, SiteVector seen)
    {
        var parts = new Dictionary<int, long>();
        var snapshot = new LogSnapshot(last with { Log = number, Position = map.Position, Parts = parts, Seen = new Dictionary<string, HybridTime>(seen.Times) });
        for (var part = 0; part < Parts; part++)
        {
            var states = new List<LogPartState>();
            for (var bucket = part; bucket < MapDigest.Buckets; bucket += Parts)
            {
                states.AddRange(map.InBucket(bucket).Select(cell => new LogPartState(cell.Position, cell.State)));
            }

            if (states.Count > 0)
            {
                snapshot.content[part] = new LogPart(states);
                parts[part] = number;
            }
        }

        return snapshot;
    }

    /// <summary>Reads the states of a snapshot; null where it has been replaced while it was read.</summary>
    public static async Task<List<LogPartState>?> ReadAsync(LogRecords records, LogIndex index, CancellationToken cancellationToken)
    {
        var states = new List<LogPartState>();
        foreach (var (part, number) in index.Parts)
        {
            if (await records.ReadPartAsync(part, number, cancellationToken) is not { } read)
            {
                var (current, _) = await records.ReadIndexAsync(cancellationToken);
                return current?.Log != index.Log ? null
                    : throw new PlatformException(new PlatformError(ErrorCode.IntegrityFailed, $"Part {part} of the documents' snapshot {number} is gone from the store. Restore it, or delete the container 'documents' and let the other sites send theirs."));
            }

            states.AddRange(read.States);
        }

        return states;
    }

    public static async Task<List<(long Number, (LogRecord Record, int Bytes) Read)>> ReadAllAsync(List<long> numbers, Func<long, ValueTask<(LogRecord Record, int Bytes)?>> read)
    {
        var all = new List<(long, (LogRecord, int))>(numbers.Count);
        foreach (var some in numbers.Chunk(AtOnce))
        {
            var found = await Task.WhenAll(some.Select(async number => (number, await read(number))));
            all.AddRange(found.Where(pair => pair.Item2 is not null).Select(pair => (pair.number, pair.Item2!.Value)));
        }

        return all;
    }

    /// <summary>Writes it: parts first, then the index, then what is needed no longer goes.</summary>
    public async Task<LogIndex?> WriteAsync(LogRecords records, LogIndex current, string etag, DateTimeOffset now, CancellationToken cancellationToken)
    {
        foreach (var some in content.Chunk(AtOnce))
        {
            await Task.WhenAll(some.Select(part => records.WritePartAsync(part.Key, next.Log, part.Value, cancellationToken).AsTask()));
        }

        var old = current.Earlier.Where(compaction => compaction.At <= now - Grace).ToList();
        var written = next with { Earlier = [.. current.Earlier.Except(old.SkipLast(1)), new LogCompaction(next.Log, now)] };
        if (!await records.WriteIndexAsync(written, etag, cancellationToken))
        {
            return null;
        }

        foreach (var (part, number) in current.Parts.Where(part => part.Value != next.Log))
        {
            await records.DeletePartAsync(part, number, cancellationToken);
        }

        if (old.Count > 0)
        {
            foreach (var number in (await records.ListAsync(cancellationToken)).Where(number => number <= old[^1].Log))
            {
                await records.DeleteAsync(number, cancellationToken);
            }
        }

        return written;
    }
}
