using System.Text.Json;
using StackExchange.Redis;

namespace ModelPlatform.Jobs.Tracking;

/// <summary>The branches that are followed, in Redis.</summary>
internal sealed class TrackedBranches(IConnectionMultiplexer redis)
{
    private const string Key = "mp:tracked";
    private readonly IDatabase database = redis.GetDatabase();

    /// <summary>Adds a branch to a transaction, or brings its revision up to date.</summary>
    public static void Note(ITransaction transaction, TrackedBranch branch) => _ = transaction.HashSetAsync(Key, branch.Key, Serialize(branch));

    public Task NoteAsync(TrackedBranch branch) => database.HashSetAsync(Key, branch.Key, Serialize(branch));

    public Task ForgetAsync(TrackedBranch branch) => database.HashDeleteAsync(Key, branch.Key);

    public async Task<IReadOnlyList<TrackedBranch>> ListAsync() =>
        [.. (await database.HashGetAllAsync(Key)).Select(entry => JsonSerializer.Deserialize(((ReadOnlyMemory<byte>)entry.Value).Span, TrackingJson.Default.TrackedBranch)!)];

    private static byte[] Serialize(TrackedBranch branch) => JsonSerializer.SerializeToUtf8Bytes(branch, TrackingJson.Default.TrackedBranch);
}
