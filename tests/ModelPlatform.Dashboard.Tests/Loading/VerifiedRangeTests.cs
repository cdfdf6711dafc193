using ModelPlatform.Client.Connection;

namespace ModelPlatform.Dashboard.Tests.Loading;

public sealed class VerifiedRangeTests : IAsyncLifetime
{
    private const int Chunk = FaultyRegistry.ChunkSize;
    private readonly string folder = Directory.CreateTempSubdirectory("range-").FullName;
    private readonly byte[] weights = FaultyRegistry.Bytes((Chunk * 7) + 1_000);
    private FaultyRegistry registry = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        registry = await FaultyRegistry.StartAsync();
        registry.Publish("m:v1", ("a.onnx", weights));
    }

    public async ValueTask DisposeAsync()
    {
        await registry.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData(0, 10, 1)]
    [InlineData(Chunk - 1, 2, 2)]
    [InlineData((Chunk * 3) + 5, Chunk, 2)]
    [InlineData(Chunk * 7, 1_000, 1)]
    [InlineData(Chunk * 2, 0, 0)]
    public async Task OpenVerifiedRange_Somewhere_GivesExactlyThoseBytesForTheChunksThatCoverThem(int offset, int length, int chunks)
    {
        using var loader = registry.Loader(folder);
        await using var range = (await loader.OpenVerifiedRangeAsync("m:v1", "a.onnx", offset, length, Cancellation)).Value;
        using var read = new MemoryStream();
        await range.CopyToAsync(read, Cancellation);

        Assert.Equal(weights[offset..(offset + length)], read.ToArray());
        Assert.Equal(chunks, registry.Requests.Count(path => path.Contains("/proof/", StringComparison.Ordinal)));
        Assert.InRange(registry.Sent, 0, chunks * Chunk);
    }

    [Fact]
    public async Task OpenVerifiedRange_ForgedProof_IsRefusedBeforeAnyByte()
    {
        registry.Proof = proof =>
        {
            proof["proof"]![0]!["hash"] = new string('a', 64);
            return proof;
        };
        using var loader = registry.Loader(folder);

        Assert.Equal(ProblemCode.IntegrityFailed, (await loader.OpenVerifiedRangeAsync("m:v1", null, Chunk, 10, Cancellation)).Problem?.Code);
        Assert.Equal(0, registry.Sent);
    }

    [Fact]
    public async Task OpenVerifiedRange_ForgedBytesOfALaterChunk_HandsOutOnlyWhatIsProven()
    {
        registry.Flips = (_, offset) => offset == Chunk * 2;
        using var loader = registry.Loader(folder);
        await using var range = (await loader.OpenVerifiedRangeAsync("m:v1", null, Chunk, Chunk * 2, Cancellation)).Value;
        var first = new byte[Chunk];
        await range.ReadExactlyAsync(first, Cancellation);

        Assert.Equal(weights[Chunk..(Chunk * 2)], first);
        var refusal = await Assert.ThrowsAsync<ApiException>(() => range.ReadAsync(first, Cancellation).AsTask());
        Assert.Equal(ProblemCode.IntegrityFailed, refusal.Problem.Code);
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, int.MaxValue)]
    public async Task OpenVerifiedRange_OutsideTheFile_IsRefused(int offset, int length)
    {
        using var loader = registry.Loader(folder);

        Assert.Equal(ProblemCode.RangeNotSatisfiable, (await loader.OpenVerifiedRangeAsync("m:v1", null, offset, length, Cancellation)).Problem?.Code);
    }
}
