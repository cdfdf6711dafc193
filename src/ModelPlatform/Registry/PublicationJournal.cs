using System.Text.Json;
using ModelPlatform.Integrity;
using StackExchange.Redis;

namespace ModelPlatform.Registry;

/// <summary>Remembers in Redis what was just published until the store is seen to keep it, and which models lost chunks.</summary>
/// <remarks>Some blob stores acknowledge a write seconds before it survives a crash (Azurite saves its index every five seconds).</remarks>
internal sealed class PublicationJournal(IConnectionMultiplexer redis, TimeProvider time)
{
    /// <summary>How long after a publication the store is read again.</summary>
    public static readonly TimeSpan Settling = TimeSpan.FromSeconds(15);

    private const string Manifest = "manifest";
    private const string Card = "card";

    private static readonly RedisKey RecentKey = "mp:{registry}:recent";
    private static readonly RedisKey LostKey = "mp:{registry}:lost";

    private IDatabase Database => redis.GetDatabase();

    /// <summary>Remembers a publication, before the store is written.</summary>
    public async Task RememberAsync(Publication publication)
    {
        var transaction = Database.CreateTransaction();
        _ = transaction.HashSetAsync(ContentKey(publication.Key), [new HashEntry(Manifest, publication.Manifest), new HashEntry(Card, publication.Card)]);
        _ = transaction.SortedSetAddAsync(RecentKey, publication.Key, (time.GetUtcNow() + Settling).ToUnixTimeMilliseconds());
        await transaction.ExecuteAsync();
    }

    /// <summary>Forgets a publication.</summary>
    public async Task ForgetAsync(string key)
    {
        var transaction = Database.CreateTransaction();
        _ = transaction.SortedSetRemoveAsync(RecentKey, key);
        _ = transaction.KeyDeleteAsync(ContentKey(key));
        await transaction.ExecuteAsync();
    }

    /// <summary>Forgets everything of a version, because it is deleted.</summary>
    public async Task ForgetAsync(ModelId id)
    {
        foreach (var member in await Database.SortedSetRangeByScoreAsync(RecentKey))
        {
            if (Publication.IdOf(member.ToString()) == id)
            {
                await ForgetAsync(member.ToString());
            }
        }

        await Database.HashDeleteAsync(LostKey, id.ToString());
    }

    /// <summary>Whether the publication is still remembered.</summary>
    public async Task<bool> RemembersAsync(string key) => await Database.SortedSetScoreAsync(RecentKey, key) is not null;

    /// <summary>Publications whose time to be read again has come.</summary>
    public async Task<IReadOnlyList<Publication>> DueAsync()
    {
        var due = new List<Publication>();
        foreach (var member in await Database.SortedSetRangeByScoreAsync(RecentKey, stop: time.GetUtcNow().ToUnixTimeMilliseconds(), take: 100))
        {
            var key = member.ToString();
            var content = await Database.HashGetAsync(ContentKey(key), [Manifest, Card]);
            if (Publication.IdOf(key) is { } id && !content[0].IsNull && !content[1].IsNull)
            {
                due.Add(new Publication(id, (byte[])content[0]!, (byte[])content[1]!));
            }
            else
            {
                await ForgetAsync(key);
            }
        }

        return due;
    }

    /// <summary>Notes that a model's chunks are gone.</summary>
    public Task NoteLostAsync(ModelId id, IReadOnlyCollection<Sha256Digest> missing) =>
        Database.HashSetAsync(LostKey, id.ToString(), JsonSerializer.SerializeToUtf8Bytes([.. missing], RegistryJson.Default.Sha256DigestArray));

    /// <summary>Notes that they are back.</summary>
    public Task NoteFoundAsync(ModelId id) => Database.HashDeleteAsync(LostKey, id.ToString());

    /// <summary>Models of which chunks are gone.</summary>
    public async Task<IReadOnlyList<ModelId>> ReadLostAsync() =>
        [.. (await Database.HashKeysAsync(LostKey)).Select(key => ModelId.TryParse(key, out var id) ? id : default).Where(id => id != default)];

    private static RedisKey ContentKey(string key) => $"mp:{{registry}}:recent:{key}";
}

/// <summary>A publication as it was written.</summary>
/// <param name="Id">The version.</param>
/// <param name="Manifest">The manifest's bytes.</param>
/// <param name="Card">The card's bytes.</param>
internal sealed record Publication(ModelId Id, byte[] Manifest, byte[] Card)
{
    private readonly string etag = Sha256Digest.Of(Manifest).ToString();

    /// <summary>The manifest's strong validator.</summary>
    public string ETag => etag;

    /// <summary>What it is remembered under.</summary>
    public string Key => $"{Id}|{etag}";

    /// <summary>The version a key is about.</summary>
    public static ModelId? IdOf(string key) => ModelId.TryParse(key.Split('|')[0], out var id) ? id : null;
}
