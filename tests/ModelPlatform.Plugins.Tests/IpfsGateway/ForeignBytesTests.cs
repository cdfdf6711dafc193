using CsCheck;
using ModelPlatform.Plugins.IpfsGateway.Car;
using ModelPlatform.Plugins.IpfsGateway.Cids;
using ModelPlatform.Plugins.IpfsGateway.Dag;
using ModelPlatform.Plugins.IpfsGateway.Gateways;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.Tests.IpfsGateway;

/// <summary>The readers of foreign bytes: whatever comes in, a value or an error comes out.</summary>
public sealed class ForeignBytesTests
{
    private static readonly Cid Root = Cid.Parse("QmVjfDHfuUTrqHRUtrnXGLUfG5T345UPdaBpunXpi6vaa7").Value;

    // A file of two parts, as dag-pb: good seeds make deeper mutants.
    private static readonly byte[] Node =
    [
        0x12, 0x28, 0x0a, 0x22, 0x12, 0x20, .. new byte[32], 0x12, 0x00, 0x18, 0x05,
        0x12, 0x28, 0x0a, 0x22, 0x12, 0x20, .. new byte[32], 0x12, 0x00, 0x18, 0x05,
        0x0a, 0x08, 0x08, 0x02, 0x18, 0x0a, 0x20, 0x05, 0x20, 0x05,
    ];

    private static readonly byte[] Car =
    [
        0x11, 0xa2, 0x65, .. "roots"u8, 0x80, 0x67, .. "version"u8, 0x01,
        0x0a, 0x01, 0x55, 0x00, 0x03, 1, 2, 3, 1, 2, 3,
    ];

    private static readonly Gen<byte[]> Mutants = Gen.Select(Gen.OneOf(Gen.Const(Node), Gen.Const(Car)), Gen.Select(Gen.Int[0, 200], Gen.Byte).Array[0, 6], Gen.Int[0, 200], (seed, edits, length) =>
    {
        var bytes = seed.ToArray();
        foreach (var (at, value) in edits)
        {
            bytes[at % bytes.Length] = value;
        }

        return length < bytes.Length && length % 3 == 0 ? bytes[..length] : bytes;
    });

    [Fact]
    public void UnixFsNode_GoodSeed_IsRead()
    {
        var node = UnixFsNode.Read(Root, Node);

        Assert.True(node.IsSuccess, node.Error?.Message);
        Assert.Equal((10, 2), (node.Value.Size, node.Value.Links.Count));
    }

    [Fact]
    public void UnixFsNode_AnyBytes_GiveAValueOrAnError() => Gen.OneOf(Mutants, Gen.Byte.Array[0, 300]).Sample(bytes =>
    {
        var node = UnixFsNode.Read(Root, bytes);
        return !node.IsSuccess || (node.Value.Size >= 0 && node.Value.Links.All(link => link.Size >= 0) && node.Value.Data.Length <= bytes.Length);
    }, iter: 50_000);

    [Fact]
    public void Cid_AnyText_GivesAValueThatReadsBackOrAnError() =>
        Gen.OneOf(Gen.String, Gen.String[Gen.Char.AlphaNumeric, 0, 90], Gen.Select(Gen.Int[0, 4].Select(i => ((string[])["b", "z", "k", "f", "Qm"])[i]), Gen.String[Gen.Char["abcdefghijkmnpqrstuvwxyz234567"], 0, 80], string.Concat)).Sample(text =>
        {
            var cid = Cid.Parse(text);
            return !cid.IsSuccess || Cid.Parse(cid.Value.ToString()).Value.Equals(cid.Value);
        }, iter: 50_000);

    [Fact]
    public async Task CarReader_GoodSeed_GivesItsBlockAndEnds()
    {
        var (blocks, error) = await ReadAsync(Car, 1);

        Assert.Null(error);
        Assert.Equal(1, blocks);
    }

    [Fact]
    public async Task CarReader_AnyBytesInAnyPieces_EndWithAValueOrAnError()
    {
        await Gen.Select(Gen.OneOf(Mutants, Gen.Byte.Array[0, 300]), Gen.Int[1, 40]).SampleAsync(async sample => (await ReadAsync(sample.Item1, sample.Item2)).Blocks <= sample.Item1.Length, iter: 3_000);
    }

    private static async Task<(int Blocks, PlatformError? Error)> ReadAsync(byte[] bytes, int piece)
    {
        using var context = new TestSourceContext();
        var silence = new SilenceTimer(context.Time, TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        await using var reader = new CarReader(new Gateway(new Uri("http://gateway.example"), context.Time), silence, new PiecewiseStream(bytes, piece), silence);
        if (await reader.ReadHeaderAsync(TestContext.Current.CancellationToken) is { } broken)
        {
            return (0, broken);
        }

        for (var blocks = 0; ; blocks++)
        {
            if (!(await reader.ReadAsync(TestContext.Current.CancellationToken)).TryGet(out var section, out var error) || section is null)
            {
                return (blocks, error);
            }

            section.Block.Dispose();
        }
    }

    /// <summary>Gives a few bytes at a time, as a network may.</summary>
    private sealed class PiecewiseStream(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => base.ReadAsync(buffer[..Math.Min(piece, buffer.Length)], cancellationToken);
    }
}
