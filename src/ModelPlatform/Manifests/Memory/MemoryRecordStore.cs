using System.Runtime.CompilerServices;
using ModelPlatform.Integrity;

namespace ModelPlatform.Manifests.Memory;

/// <summary>Records that live as long as the process: for tests and for fetching without a server.</summary>
internal sealed class MemoryRecordStore(TimeProvider time) : IRecordStore
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<string, StoredRecord> records = new(StringComparer.Ordinal);
    private long revision;

    public ValueTask<StoredRecord?> ReadAsync(string path, CancellationToken cancellationToken)
    {
        RecordPath.Split(path);
        lock (gate)
        {
            return ValueTask.FromResult(records.GetValueOrDefault(path));
        }
    }

    public ValueTask<string?> WriteAsync(string path, ReadOnlyMemory<byte> content, RecordCondition condition, CancellationToken cancellationToken)
    {
        RecordPath.Split(path);
        lock (gate)
        {
            if (!Holds(condition, records.GetValueOrDefault(path)))
            {
                return ValueTask.FromResult<string?>(null);
            }

            var etag = $"{Sha256Digest.Of(content.Span)}-{++revision}";
            records[path] = new StoredRecord(content.ToArray(), etag, time.GetUtcNow());
            return ValueTask.FromResult<string?>(etag);
        }
    }

    public ValueTask<bool> DeleteAsync(string path, RecordCondition condition, CancellationToken cancellationToken)
    {
        RecordPath.Split(path);
        lock (gate)
        {
            return ValueTask.FromResult(records.TryGetValue(path, out var present) && Holds(condition, present) && records.Remove(path));
        }
    }

    public async IAsyncEnumerable<string> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        RecordPath.SplitPrefix(prefix);
        List<string> paths;
        lock (gate)
        {
            paths = [.. records.Keys.Where(path => path.StartsWith(prefix, StringComparison.Ordinal))];
        }

        foreach (var path in paths)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return path;
        }

        await ValueTask.CompletedTask;
    }

    private static bool Holds(RecordCondition condition, StoredRecord? present) =>
        condition.MustBeAbsent ? present is null : condition.ETag is null || condition.ETag == present?.ETag;
}
