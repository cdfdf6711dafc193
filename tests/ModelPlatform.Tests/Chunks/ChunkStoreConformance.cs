using System.Security.Cryptography;
using ModelPlatform.Chunks;
using ModelPlatform.Integrity;

namespace ModelPlatform.Tests.Chunks;

/// <summary>What every chunk store must do. Derive a class, give it an empty store, and run it.</summary>
public abstract class ChunkStoreConformance
{
    private const int ChunkSize = 5 * 1024 * 1024;

    /// <summary>An empty store.</summary>
    protected abstract ValueTask<IChunkStore> CreateAsync();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Bytes come back as they were.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(ChunkSize - 1)]
    [InlineData(ChunkSize)]
    public async Task Put_Content_IsReadBack(int length)
    {
        var store = await CreateAsync();
        foreach (var content in new[] { RandomNumberGenerator.GetBytes(length), new byte[length] })
        {
            var id = Sha256Digest.Of(content);
            await store.PutAsync(id, content, Token);
            Assert.Equal(content, await ReadAsync(store, id));
            await store.FlushAsync(Token);
            Assert.Equal(content, await ReadAsync(store, id));
        }
    }

    /// <summary>The same chunk is written once.</summary>
    [Fact]
    public async Task Put_Again_WritesNothing()
    {
        var store = await CreateAsync();
        var content = RandomNumberGenerator.GetBytes(1000);
        var id = Sha256Digest.Of(content);

        Assert.Equal(ChunkPut.Stored, await store.PutAsync(id, content, Token));
        Assert.Equal(ChunkPut.AlreadyPresent, await store.PutAsync(id, content, Token));
        await store.FlushAsync(Token);
        Assert.Equal(ChunkPut.AlreadyPresent, await store.PutAsync(id, content, Token));
        Assert.Equal(id, Assert.Single(await ListAsync(store)).Id);
    }

    /// <summary>Many writers of one chunk leave one chunk.</summary>
    [Fact]
    public async Task Put_AtOnce_StoresOneChunk()
    {
        var store = await CreateAsync();
        var content = RandomNumberGenerator.GetBytes(100_000);
        var id = Sha256Digest.Of(content);

        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
        {
            await store.PutAsync(id, content, Token);
            await store.FlushAsync(Token);
            Assert.Equal(content, await ReadAsync(store, id));
        })));

        Assert.Single(await ListAsync(store));
    }

    /// <summary>A present chunk of another length is not believed.</summary>
    [Fact]
    public async Task Put_OverAChunkOfAnotherLength_Replaces()
    {
        var store = await CreateAsync();
        var content = RandomNumberGenerator.GetBytes(1000);
        var id = Sha256Digest.Of(content);
        await store.PutAsync(id, content.AsMemory(0, 10), Token);
        await store.FlushAsync(Token);

        if (await store.PutAsync(id, content, Token) == ChunkPut.Stored)
        {
            await store.FlushAsync(Token);
            Assert.Equal(content, await ReadAsync(store, id));
        }
        else
        {
            // A store that keeps no files can't be torn: then nothing more is asked.
            Assert.Equal(10, (await ReadAsync(store, id))!.Length);
        }
    }

    /// <summary>A chunk that is not there is null everywhere.</summary>
    [Fact]
    public async Task Absent_Chunk_IsNullAndNotListed()
    {
        var store = await CreateAsync();
        var id = Sha256Digest.Of("absent"u8);

        Assert.Null(await store.ReadAsync(id, new byte[10], Token));
        Assert.Null(await store.TouchAsync(id, Token));
        Assert.False(await store.DeleteAsync(new StoredChunk(id, 1, default, "\"0x1\""), Token));
        Assert.Empty(await ListAsync(store));
        await store.QuarantineAsync(id, Token);
        Assert.Equal(0, await store.CountQuarantinedAsync(Token));
    }

    /// <summary>A buffer that is too small is told so.</summary>
    [Fact]
    public async Task Read_IntoTooLittle_TellsTheLength()
    {
        var store = await CreateAsync();
        var content = new byte[1000];
        await store.PutAsync(Sha256Digest.Of(content), content, Token);
        await store.FlushAsync(Token);
        Assert.Equal(1000, await store.ReadAsync(Sha256Digest.Of(content), new byte[999], Token));
    }

    /// <summary>Touching gives a new ETag, so that a collector that saw the old one leaves the chunk.</summary>
    [Fact]
    public async Task Delete_AfterTouch_IsRefused()
    {
        var store = await CreateAsync();
        var content = RandomNumberGenerator.GetBytes(1000);
        var id = Sha256Digest.Of(content);
        await store.PutAsync(id, content, Token);
        await store.FlushAsync(Token);
        var seen = Assert.Single(await ListAsync(store));

        Assert.Equal(1000, await store.TouchAsync(id, Token));
        Assert.False(await store.DeleteAsync(seen, Token));
        Assert.Equal(content, await ReadAsync(store, id));

        var touched = Assert.Single(await ListAsync(store));
        Assert.NotEqual(seen.ETag, touched.ETag);
        Assert.True(touched.LastModified >= seen.LastModified);

        Assert.Equal(ChunkPut.AlreadyPresent, await store.PutAsync(id, content, Token));
        Assert.False(await store.DeleteAsync(touched, Token));
        Assert.True(await store.DeleteAsync(Assert.Single(await ListAsync(store)), Token));
        Assert.Null(await store.ReadAsync(id, new byte[1000], Token));
    }

    /// <summary>Of many collectors one deletes, and a chunk put meanwhile stays whole.</summary>
    [Fact]
    public async Task Delete_AgainstPut_NeverLosesAPut()
    {
        var store = await CreateAsync();
        var content = RandomNumberGenerator.GetBytes(1000);
        var id = Sha256Digest.Of(content);
        for (var round = 0; round < 20; round++)
        {
            await store.PutAsync(id, content, Token);
            await store.FlushAsync(Token);
            var seen = Assert.Single(await ListAsync(store));
            var deleting = Enumerable.Range(0, 3).Select(_ => Task.Run(async () => await store.DeleteAsync(seen, Token))).ToArray();
            await store.PutAsync(id, content, Token);
            await store.FlushAsync(Token);
            var deleted = await Task.WhenAll(deleting);
            Assert.InRange(deleted.Count(done => done), 0, 1);

            // The put saw either the old chunk and touched it, or none and wrote it; it may see the old one in the instant before its deletion only if that then fails.
            if (await store.TouchAsync(id, Token) is null)
            {
                await store.PutAsync(id, content, Token);
                await store.FlushAsync(Token);
            }

            Assert.Equal(content, await ReadAsync(store, id));
        }
    }

    /// <summary>A quarantined chunk is gone from reading, and counted.</summary>
    [Fact]
    public async Task Quarantine_Chunk_IsNoLongerRead()
    {
        var store = await CreateAsync();
        var content = RandomNumberGenerator.GetBytes(1000);
        var id = Sha256Digest.Of(content);
        await store.PutAsync(id, content, Token);
        await store.FlushAsync(Token);

        await store.QuarantineAsync(id, Token);

        Assert.Null(await store.ReadAsync(id, new byte[1000], Token));
        Assert.Empty(await ListAsync(store));
        Assert.Equal(1, await store.CountQuarantinedAsync(Token));
        Assert.Equal(ChunkPut.Stored, await store.PutAsync(id, content, Token));
        await store.FlushAsync(Token);
        Assert.Equal(content, await ReadAsync(store, id));
    }

    /// <summary>Everything is listed, once.</summary>
    [Fact]
    public async Task List_ManyChunks_NamesEach()
    {
        var store = await CreateAsync();
        var ids = new HashSet<Sha256Digest>();
        for (var i = 0; i < 50; i++)
        {
            var content = RandomNumberGenerator.GetBytes(100 + i);
            ids.Add(Sha256Digest.Of(content));
            await store.PutAsync(Sha256Digest.Of(content), content, Token);
        }

        await store.FlushAsync(Token);
        var listed = await ListAsync(store);
        Assert.Equal(50, listed.Count);
        Assert.True(ids.SetEquals(listed.Select(chunk => chunk.Id)));
        Assert.All(listed, chunk => Assert.True(chunk.StoredBytes > 0));
    }

    /// <summary>A store that can be used says so.</summary>
    [Fact]
    public async Task Check_UsableStore_Returns() => await (await CreateAsync()).CheckAsync(Token);

    /// <summary>Cancelling is heard.</summary>
    [Fact]
    public async Task Put_Cancelled_Throws()
    {
        var store = await CreateAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.PutAsync(Sha256Digest.Of("a"u8), "a"u8.ToArray(), new CancellationToken(true)));
    }

    private static async Task<byte[]?> ReadAsync(IChunkStore store, Sha256Digest id)
    {
        var buffer = new byte[ChunkSize];
        return await store.ReadAsync(id, buffer, Token) is { } length ? buffer[..length] : null;
    }

    private static async Task<List<StoredChunk>> ListAsync(IChunkStore store)
    {
        var chunks = new List<StoredChunk>();
        await foreach (var chunk in store.ListAsync(Token))
        {
            chunks.Add(chunk);
        }

        return chunks;
    }
}
