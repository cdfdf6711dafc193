using System.Text;
using ModelPlatform.Manifests;

namespace ModelPlatform.Tests.Manifests;

/// <summary>What every driver of <see cref="IRecordStore"/> must do. Derive, override <see cref="CreateStoreAsync"/>, run.</summary>
public abstract class RecordStoreConformance
{
    /// <summary>Opens the store; a second call in one test opens the same medium anew, as another process would.</summary>
    protected abstract ValueTask<IRecordStore> CreateStoreAsync();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Paths of one test, apart from those of any other that uses the medium.</summary>
    private readonly string folder = $"manifests/test-{Guid.NewGuid():n}";

    /// <summary>An absent record is null, in a container that does not exist too.</summary>
    [Fact]
    public async Task Read_Absent_IsNull()
    {
        var store = await CreateStoreAsync();
        Assert.Null(await store.ReadAsync($"{folder}/none.json", Cancel));
        Assert.Null(await store.ReadAsync($"documents-none/{Guid.NewGuid():n}", Cancel));
    }

    /// <summary>What was written is read back, byte for byte, with the ETag the write gave, also by another opening of the medium.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3_000_000)]
    public async Task Write_ThenRead_GivesTheBytesAndTheETag(int length)
    {
        var content = new byte[length];
        Random.Shared.NextBytes(content);
        var store = await CreateStoreAsync();
        var etag = await store.WriteAsync($"{folder}/a/b.json", content, RecordCondition.None, Cancel);
        Assert.NotNull(etag);

        var read = await (await CreateStoreAsync()).ReadAsync($"{folder}/a/b.json", Cancel);
        Assert.NotNull(read);
        Assert.Equal(content, read.Content.ToArray());
        Assert.Equal(etag, read.ETag);
        Assert.True(read.LastModified > DateTimeOffset.UnixEpoch);
    }

    /// <summary>Creation happens once.</summary>
    [Fact]
    public async Task Write_AbsentWherePresent_WritesNothing()
    {
        var store = await CreateStoreAsync();
        Assert.NotNull(await store.WriteAsync($"{folder}/x", Bytes("one"), RecordCondition.Absent, Cancel));
        Assert.Null(await store.WriteAsync($"{folder}/x", Bytes("two"), RecordCondition.Absent, Cancel));
        Assert.Equal("one", await TextAsync(store, "x"));
    }

    /// <summary>A changed record is not overwritten by who saw the old one.</summary>
    [Fact]
    public async Task Write_UnchangedWithAnOldETag_WritesNothing()
    {
        var store = await CreateStoreAsync();
        var first = await store.WriteAsync($"{folder}/x", Bytes("one"), RecordCondition.None, Cancel);
        var second = await store.WriteAsync($"{folder}/x", Bytes("two"), RecordCondition.Unchanged(first!), Cancel);
        Assert.NotNull(second);
        Assert.NotEqual(first, second);
        Assert.Null(await store.WriteAsync($"{folder}/x", Bytes("three"), RecordCondition.Unchanged(first!), Cancel));
        Assert.Equal("two", await TextAsync(store, "x"));
        Assert.Null(await store.WriteAsync($"{folder}/absent", Bytes("x"), RecordCondition.Unchanged(first!), Cancel));
        Assert.Null(await store.ReadAsync($"{folder}/absent", Cancel));
    }

    /// <summary>Of many that create one record at once, one wins, and its content stands.</summary>
    [Fact]
    public async Task Write_ManyCreateAtOnce_OneWins()
    {
        var stores = new[] { await CreateStoreAsync(), await CreateStoreAsync() };
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(i =>
            Task.Run(async () => (i, ETag: await stores[i % 2].WriteAsync($"{folder}/race", Bytes($"writer {i}"), RecordCondition.Absent, Cancel)))));
        var winner = Assert.Single(answers, answer => answer.ETag is not null);
        Assert.Equal($"writer {winner.i}", await TextAsync(stores[0], "race"));
    }

    /// <summary>No conditional update is lost.</summary>
    [Fact]
    public async Task Write_ManyCountAtOnce_NoneIsLost()
    {
        var store = await CreateStoreAsync();
        await store.WriteAsync($"{folder}/count", Bytes("0"), RecordCondition.Absent, Cancel);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (true)
            {
                var seen = await store.ReadAsync($"{folder}/count", Cancel);
                var next = int.Parse(Encoding.UTF8.GetString(seen!.Content.Span), null) + 1;
                if (await store.WriteAsync($"{folder}/count", Bytes($"{next}"), RecordCondition.Unchanged(seen.ETag), Cancel) is not null)
                {
                    return;
                }
            }
        })));
        Assert.Equal("8", await TextAsync(store, "count"));
    }

    /// <summary>Deletion honours its condition and says whether it deleted.</summary>
    [Fact]
    public async Task Delete_ByCondition_DeletesOnlyWhatWasSeen()
    {
        var store = await CreateStoreAsync();
        Assert.False(await store.DeleteAsync($"{folder}/x", RecordCondition.None, Cancel));
        var first = await store.WriteAsync($"{folder}/x", Bytes("one"), RecordCondition.None, Cancel);
        var second = await store.WriteAsync($"{folder}/x", Bytes("two"), RecordCondition.None, Cancel);
        Assert.False(await store.DeleteAsync($"{folder}/x", RecordCondition.Unchanged(first!), Cancel));
        Assert.True(await store.DeleteAsync($"{folder}/x", RecordCondition.Unchanged(second!), Cancel));
        Assert.Null(await store.ReadAsync($"{folder}/x", Cancel));
        Assert.NotNull(await store.WriteAsync($"{folder}/x", Bytes("again"), RecordCondition.Absent, Cancel));
    }

    /// <summary>Listing gives the paths below a prefix in ordinal order, and no trace of the driver's own files.</summary>
    [Fact]
    public async Task List_Prefix_GivesPathsInOrdinalOrder()
    {
        var store = await CreateStoreAsync();
        foreach (var name in new[] { "b/2.json", "a/z.json", "B/1.json", "b/10.json", "ab/x" })
        {
            await store.WriteAsync($"{folder}/{name}", Bytes(name), RecordCondition.None, Cancel);
        }

        Assert.Equal([$"{folder}/B/1.json", $"{folder}/a/z.json", $"{folder}/ab/x", $"{folder}/b/10.json", $"{folder}/b/2.json"], await ListAsync(store, $"{folder}/"));
        Assert.Equal([$"{folder}/b/10.json", $"{folder}/b/2.json"], await ListAsync(store, $"{folder}/b/"));
        Assert.Equal([$"{folder}/a/z.json", $"{folder}/ab/x"], await ListAsync(store, $"{folder}/a"));
        Assert.Empty(await ListAsync(store, $"{folder}/none/"));
        Assert.Empty(await ListAsync(store, "documents-none/"));
    }

    /// <summary>A path that could leave the store is a broken contract, never a file elsewhere.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("one")]
    [InlineData("/etc/passwd")]
    [InlineData("manifests/../x")]
    [InlineData("manifests//x")]
    [InlineData("manifests/a\\b")]
    [InlineData("manifests/a\0b")]
    [InlineData("manifests/")]
    public async Task Any_PathOutsideTheRules_Throws(string path)
    {
        var store = await CreateStoreAsync();
        await Assert.ThrowsAsync<ArgumentException>(async () => await store.WriteAsync(path, Bytes("x"), RecordCondition.None, Cancel));
        await Assert.ThrowsAsync<ArgumentException>(async () => await store.ReadAsync(path, Cancel));
        await Assert.ThrowsAsync<ArgumentException>(async () => await store.DeleteAsync(path, RecordCondition.None, Cancel));
    }

    private async Task<string?> TextAsync(IRecordStore store, string name) =>
        await store.ReadAsync($"{folder}/{name}", Cancel) is { } record ? Encoding.UTF8.GetString(record.Content.Span) : null;

    private static async Task<List<string>> ListAsync(IRecordStore store, string prefix)
    {
        var paths = new List<string>();
        await foreach (var path in store.ListAsync(prefix, Cancel))
        {
            paths.Add(path);
        }

        return paths;
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
