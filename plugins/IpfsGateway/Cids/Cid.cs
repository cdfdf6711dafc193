using System.Security.Cryptography;
using ModelPlatform.Sources;
using SimpleBase;

namespace ModelPlatform.Plugins.IpfsGateway.Cids;

/// <summary>A content identifier: what a block's bytes must hash to, and how to read them. Only kinds this plugin can check are ever made.</summary>
internal sealed class Cid : IEquatable<Cid>
{
    public const ulong Raw = 0x55;
    public const ulong DagPb = 0x70;

    private const ulong Identity = 0x00;
    private const ulong Sha256 = 0x12;
    private const ulong Sha512 = 0x13;
    private const int LargestIdentity = 128;

    private readonly ulong hash;
    private readonly byte[] digest;
    private readonly string text;

    private Cid(int version, ulong codec, ulong hash, byte[] digest)
    {
        (Codec, this.hash, this.digest) = (codec, hash, digest);
        var bytes = new List<byte>(digest.Length + 8);
        if (version == 1)
        {
            bytes.Add(1);
            Varint.Write(bytes, codec);
        }

        Varint.Write(bytes, hash);
        Varint.Write(bytes, (ulong)digest.Length);
        bytes.AddRange(digest);
        text = version == 0 ? Base58.Bitcoin.Encode([.. bytes]) : "b" + Base32.Rfc4648.Encode([.. bytes], padding: false).ToLowerInvariant();
    }

    /// <summary><see cref="Raw"/> or <see cref="DagPb"/>.</summary>
    public ulong Codec { get; }

    /// <summary>The block itself where the identifier carries it; null where it has to be fetched.</summary>
    public byte[]? Inline => hash == Identity ? digest : null;

    /// <summary>The SHA-256 of the bytes behind it, where a single raw block says so.</summary>
    public string? ContentSha256 => Codec == Raw && hash == Sha256 ? Convert.ToHexStringLower(digest) : null;

    /// <summary>Reads base58btc (v0 and <c>z…</c>), base32 (<c>b…</c>), base36 (<c>k…</c>) or hexadecimal (<c>f…</c>).</summary>
    public static Result<Cid> Parse(string text)
    {
        if (text.Length is < 2 or > 512)
        {
            return Malformed();
        }

        byte[] bytes;
        try
        {
            bytes = text.Length == 46 && text.StartsWith("Qm", StringComparison.Ordinal) ? Base58.Bitcoin.Decode(text) : text[0] switch
            {
                'b' or 'B' => Base32.Rfc4648.Decode(text.AsSpan(1)),
                'z' => Base58.Bitcoin.Decode(text.AsSpan(1)),
                'k' or 'K' => Base36.LowerCase.Decode(text[1..].ToLowerInvariant()),
                'f' or 'F' => Convert.FromHexString(text.AsSpan(1)),
                _ => [],
            };
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or InvalidOperationException)
        {
            return Malformed();
        }

        var result = Read(bytes, out var length);
        return result.IsSuccess && length != bytes.Length ? Malformed() : result;
    }

    /// <summary>Reads an identifier from the beginning of <paramref name="bytes"/> and says how long it is.</summary>
    public static Result<Cid> Read(ReadOnlySpan<byte> bytes, out int length)
    {
        length = 0;
        if (bytes is [0x12, 0x20, ..])
        {
            length = 34;
            return bytes.Length < length ? Malformed() : new Cid(0, DagPb, Sha256, bytes[2..34].ToArray());
        }

        var at = 0;
        if (!Next(bytes, ref at, out var version) || version != 1 || !Next(bytes, ref at, out var codec) || !Next(bytes, ref at, out var hash)
            || !Next(bytes, ref at, out var size) || size > 512 || (int)size > bytes.Length - at)
        {
            return Malformed();
        }

        length = at + (int)size;
        var digest = bytes[at..length].ToArray();
        return codec is not (Raw or DagPb) ? Unsupported($"the codec 0x{codec:x}{NameOfCodec(codec)}; only files and directories (raw, dag-pb) are read")
            : (hash, digest.Length) is (Sha256, 32) or (Sha512, 64) or (Identity, <= LargestIdentity) ? new Cid(1, codec, hash, digest)
            : hash is Sha256 or Sha512 or Identity ? Malformed()
            : Unsupported($"the hash 0x{hash:x}{NameOfHash(hash)}; only sha2-256, sha2-512 and identity can be checked");
    }

    /// <summary>Whether these are the bytes the identifier names.</summary>
    public bool Matches(ReadOnlySpan<byte> block)
    {
        Span<byte> actual = stackalloc byte[64];
        return hash switch
        {
            Sha256 => digest.AsSpan().SequenceEqual(actual[..SHA256.HashData(block, actual)]),
            Sha512 => digest.AsSpan().SequenceEqual(actual[..SHA512.HashData(block, actual)]),
            _ => digest.AsSpan().SequenceEqual(block),
        };
    }

    public bool Equals(Cid? other) => other is not null && text == other.text;

    public override bool Equals(object? obj) => Equals(obj as Cid);

    public override int GetHashCode() => text.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => text;

    private static bool Next(ReadOnlySpan<byte> bytes, ref int at, out ulong value)
    {
        var read = Varint.Read(bytes[at..], out value);
        at += Math.Max(read, 0);
        return read > 0;
    }

    private static string NameOfCodec(ulong codec) => codec switch { 0x71 => " (dag-cbor)", 0x0129 => " (dag-json)", 0x72 => " (libp2p-key: an IPNS name)", 0x78 => " (git-raw)", _ => string.Empty };

    private static string NameOfHash(ulong hash) => hash switch { 0x11 => " (sha1)", 0x1e => " (blake3)", 0xb220 => " (blake2b-256)", 0x16 => " (sha3-256)", 0x1b => " (keccak-256)", _ => string.Empty };

    private static PlatformError Malformed() => new(ErrorCode.InvalidRequest, "That is not a content identifier. Write a CID such as bafybei… or Qm….");

    private static PlatformError Unsupported(string what) => new(ErrorCode.InvalidRequest, $"The content identifier has {what}.");
}
