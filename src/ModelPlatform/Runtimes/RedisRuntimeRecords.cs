using System.Text.Json;
using StackExchange.Redis;

namespace ModelPlatform.Runtimes;

/// <summary>A hash with one field a model, and the host's report, which fades when nobody renews it.</summary>
internal sealed class RedisRuntimeRecords(IConnectionMultiplexer redis) : IRuntimeRecords
{
    private const string RecordsKey = "mp:runtimes";
    private const string HostKey = "mp:runtimes:host";
    private static readonly TimeSpan HostFades = TimeSpan.FromSeconds(8);

    private readonly IDatabase database = redis.GetDatabase();

    public async Task<RuntimeRecord?> FindAsync(string id, CancellationToken cancellationToken) =>
        Read(await database.HashGetAsync(RecordsKey, id).WaitAsync(cancellationToken));

    public async Task<IReadOnlyDictionary<string, RuntimeRecord>> ListAsync(CancellationToken cancellationToken)
    {
        var records = new Dictionary<string, RuntimeRecord>(StringComparer.Ordinal);
        foreach (var entry in await database.HashGetAllAsync(RecordsKey).WaitAsync(cancellationToken))
        {
            if (Read(entry.Value) is { } record)
            {
                records[record.Id] = record;
            }
        }

        return records;
    }

    public Task SaveAsync(RuntimeRecord record, CancellationToken cancellationToken) =>
        database.HashSetAsync(RecordsKey, record.Id, JsonSerializer.SerializeToUtf8Bytes(record, RuntimesJson.Default.RuntimeRecord)).WaitAsync(cancellationToken);

    public Task RemoveAsync(string id, CancellationToken cancellationToken) => database.HashDeleteAsync(RecordsKey, id).WaitAsync(cancellationToken);

    public async Task<HostReport?> FindHostAsync(CancellationToken cancellationToken) =>
        await database.StringGetAsync(HostKey).WaitAsync(cancellationToken) is { IsNull: false } value
            ? JsonSerializer.Deserialize(((ReadOnlyMemory<byte>)value).Span, RuntimesJson.Default.HostReport)
            : null;

    public Task ReportAsync(HostReport report, CancellationToken cancellationToken) =>
        database.StringSetAsync(HostKey, JsonSerializer.SerializeToUtf8Bytes(report, RuntimesJson.Default.HostReport), HostFades).WaitAsync(cancellationToken);

    public Task LeaveAsync(CancellationToken cancellationToken) => database.KeyDeleteAsync(HostKey).WaitAsync(cancellationToken);

    private static RuntimeRecord? Read(RedisValue value) =>
        value.IsNull ? null : JsonSerializer.Deserialize(((ReadOnlyMemory<byte>)value).Span, RuntimesJson.Default.RuntimeRecord);
}
