using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace ModelPlatform.Plugins.FileSystem;

/// <summary>A regular file that is open, and was found below the root by the handle itself.</summary>
/// <param name="Handle">The open file.</param>
/// <param name="Facts">Its length and identity at this moment.</param>
/// <param name="RealPath">Where the handle points, below the root, with forward slashes.</param>
internal sealed record ConfinedFile(SafeFileHandle Handle, FileFacts Facts, string RealPath) : IDisposable
{
    public void Dispose() => Handle.Dispose();
}

/// <summary>What changes when a file's content does.</summary>
internal readonly record struct FileFacts(long Size, long ModifiedSeconds, long ModifiedNanoseconds, ulong Inode)
{
    /// <summary>The same as long as nobody wrote to the file or put another in its place.</summary>
    public string Validator => string.Create(CultureInfo.InvariantCulture, $"{Size:x}-{ModifiedSeconds:x}-{ModifiedNanoseconds:x}-{Inode:x}");
}
