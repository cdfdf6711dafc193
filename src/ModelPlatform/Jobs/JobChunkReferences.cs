using System.Globalization;
using System.Runtime.CompilerServices;
using ModelPlatform.Chunks.Housekeeping;
using ModelPlatform.Integrity;
using StackExchange.Redis;

namespace ModelPlatform.Jobs;

/// <summary>Chunks in the journals of jobs that have not ended: no garbage collection takes them.</summary>
internal sealed class JobChunkReferences(IConnectionMultiplexer redis, TimeProvider time) : IChunkReferences
{
    /// <summary>When this Redis was first seen. It is gone when the journals are.</summary>
    private const string FirstSeen = "mp:jobs:known-since";

    private static readonly FetchStatus[] Living = [FetchStatus.Queued, FetchStatus.Downloading, FetchStatus.Processing, FetchStatus.Paused];

    public async IAsyncEnumerable<Sha256Digest> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var database = redis.GetDatabase();
        foreach (var status in Living)
        {
            foreach (var job in await database.SortedSetRangeByRankAsync(FetchJobKeys.OfStatus(status)).WaitAsync(cancellationToken))
            {
                foreach (var file in await database.SetMembersAsync(FetchJobKeys.JournalFiles(job!)).WaitAsync(cancellationToken))
                {
                    foreach (var entry in await database.ListRangeAsync(FetchJobKeys.JournalChunks(job!, (int)file)).WaitAsync(cancellationToken))
                    {
                        yield return RedisFetchJournal.Decode(((ReadOnlyMemory<byte>)entry).Span).Id;
                    }
                }
            }
        }
    }

    public async ValueTask<DateTimeOffset?> KnownSinceAsync(CancellationToken cancellationToken)
    {
        var database = redis.GetDatabase();
        var now = time.GetUtcNow().ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        await database.StringSetAsync(FirstSeen, now, when: When.NotExists).WaitAsync(cancellationToken);
        return DateTimeOffset.FromUnixTimeMilliseconds((long)await database.StringGetAsync(FirstSeen).WaitAsync(cancellationToken));
    }
}
