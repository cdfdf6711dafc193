using System.Buffers.Binary;
using ModelPlatform.Fetching;
using ModelPlatform.Integrity;
using StackExchange.Redis;
using Key = ModelPlatform.Jobs.FetchJobKeys;

namespace ModelPlatform.Jobs;

/// <summary>A job's journal in Redis, each write carried out only while the runner's fence holds.</summary>
/// <remarks>
/// While Redis does not answer, appended chunks wait in memory (44 bytes each) and the download goes on: they are in the chunk store already, and what the journal
/// does not know is at worst found there again.
/// </remarks>
internal sealed class RedisFetchJournal(FetchJobStore store, IDatabase database, string jobId, long fence) : IFetchJournal, IDisposable
{
    private const int EntrySize = sizeof(int) * 3 + Sha256Digest.Size;

    private readonly SemaphoreSlim turn = new(1, 1);
    private readonly Dictionary<int, List<JournaledChunk>> waiting = [];

    public async ValueTask<ReadOnlyMemory<byte>?> ReadPlanAsync(CancellationToken cancellationToken)
    {
        var plan = await database.StringGetAsync(Key.Plan(jobId)).WaitAsync(cancellationToken);
        return plan.IsNull ? null : (ReadOnlyMemory<byte>)plan;
    }

    public async ValueTask WritePlanAsync(ReadOnlyMemory<byte> plan, CancellationToken cancellationToken)
    {
        var files = await database.SetMembersAsync(Key.JournalFiles(jobId)).WaitAsync(cancellationToken);
        await CommitAsync(transaction =>
        {
            Forget(transaction, jobId, files);
            _ = transaction.StringSetAsync(Key.Plan(jobId), plan);
        }, cancellationToken);
    }

    public async ValueTask<IReadOnlyList<JournaledChunk>> ReadChunksAsync(int fileIndex, CancellationToken cancellationToken)
    {
        var entries = await database.ListRangeAsync(Key.JournalChunks(jobId, fileIndex)).WaitAsync(cancellationToken);
        var chunks = new JournaledChunk[entries.Length];
        for (var i = 0; i < entries.Length; i++)
        {
            chunks[i] = Decode(((ReadOnlyMemory<byte>)entries[i]).Span);
        }

        return chunks;
    }

    public async ValueTask AppendAsync(int fileIndex, IReadOnlyList<JournaledChunk> chunks, CancellationToken cancellationToken)
    {
        using var detail = JobTelemetry.StartDetail("append to journal");
        await turn.WaitAsync(cancellationToken);
        try
        {
            if (!waiting.TryGetValue(fileIndex, out var pending))
            {
                waiting.Add(fileIndex, pending = []);
            }

            pending.AddRange(chunks);
            await CommitAsync(transaction =>
            {
                foreach (var (file, entries) in waiting)
                {
                    _ = transaction.SetAddAsync(Key.JournalFiles(jobId), file);
                    _ = transaction.ListRightPushAsync(Key.JournalChunks(jobId, file), [.. entries.Select(Encode)]);
                }
            }, cancellationToken);
            waiting.Clear();
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            // They stay in 'waiting' and go with the next append; the lease's own renewal says whether the job is still ours.
        }
        finally
        {
            turn.Release();
        }
    }

    public void Dispose() => turn.Dispose();

    /// <summary>Removes a journal in a transaction that ends its job.</summary>
    public static void Forget(ITransaction transaction, string jobId, IEnumerable<RedisValue> files)
    {
        _ = transaction.KeyDeleteAsync([Key.Plan(jobId), Key.JournalFiles(jobId), .. files.Select(file => Key.JournalChunks(jobId, (int)file))]);
    }

    private async ValueTask CommitAsync(Action<ITransaction> commands, CancellationToken cancellationToken)
    {
        if (!await store.FencedAsync(jobId, fence, commands).WaitAsync(cancellationToken))
        {
            throw new StaleLeaseException($"Job {jobId} has another owner.");
        }
    }

    private static RedisValue Encode(JournaledChunk chunk)
    {
        var bytes = new byte[EntrySize];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, chunk.Index);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), chunk.Length);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), chunk.Source);
        chunk.Id.CopyTo(bytes.AsSpan(12));
        return bytes;
    }

    internal static JournaledChunk Decode(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadInt32LittleEndian(bytes), new Sha256Digest(bytes[12..EntrySize]), BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]), BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]));
}
