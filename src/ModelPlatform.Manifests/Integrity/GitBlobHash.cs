using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ModelPlatform.Integrity;

/// <summary>The name Git gives to a file's content: SHA-1 over <c>blob {size}\0</c> and the bytes. Sources vouch with it for small files.</summary>
public sealed class GitBlobHash : IDisposable
{
    // Not a choice: Git names its objects so. SHA-256 is computed beside it for everything this platform keeps.
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);

    /// <summary>Begins a hash over content of a known length.</summary>
    public GitBlobHash(long size) => hash.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {size}\0")));

    /// <summary>Hashes content that is at hand.</summary>
    /// <returns>40 lower-case hex digits.</returns>
    public static string Of(ReadOnlySpan<byte> content)
    {
        using var hash = new GitBlobHash(content.Length);
        hash.Append(content);
        return hash.Finish();
    }

    /// <summary>Adds the next bytes.</summary>
    public void Append(ReadOnlySpan<byte> content) => hash.AppendData(content);

    /// <summary>40 lower-case hex digits.</summary>
    public string Finish() => Convert.ToHexStringLower(hash.GetHashAndReset());

    /// <inheritdoc/>
    public void Dispose() => hash.Dispose();
}
