namespace ModelPlatform.Chunks.PlainFiles;

/// <summary>The files that a fetch without a server leaves.</summary>
public interface IPlainFiles
{
    /// <summary>Ends a file: its length is right, it survives a power cut, and it is closed.</summary>
    /// <returns>Where it lies.</returns>
    string Complete(string path, long size);
}
