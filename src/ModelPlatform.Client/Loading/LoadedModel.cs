using System.IO.MemoryMappedFiles;
using ModelPlatform.Manifests;

namespace ModelPlatform.Client.Loading;

/// <summary>A model on this machine, every byte of it proven when it was loaded. Its directory stays until it is unloaded.</summary>
public sealed class LoadedModel
{
    internal LoadedModel(Manifest manifest, string directory, string source, long bytesReused)
    {
        (Manifest, Directory, Source, BytesReused) = (manifest, directory, source, bytesReused);
    }

    /// <summary>What it consists of.</summary>
    public Manifest Manifest { get; }

    /// <summary>Where its files are.</summary>
    public string Directory { get; }

    /// <summary><c>cache</c> where nothing was downloaded, else where the last byte came from: gcs, ipfs, p2p or fallback.</summary>
    public string Source { get; }

    /// <summary>Bytes that were here before, proven again rather than downloaded.</summary>
    public long BytesReused { get; }

    /// <summary>The path of a file on disk.</summary>
    /// <param name="artifact">Its path in the model; null for the primary artifact.</param>
    /// <exception cref="FileNotFoundException">The model has no such file.</exception>
    public string PathOf(string? artifact = null)
    {
        var path = artifact ?? Manifest.Artifacts[0].Path;
        return Manifest.Artifacts.Any(file => file.Path == path)
            ? Path.Combine(Directory, Path.Combine(path.Split('/')))
            : throw new FileNotFoundException($"{Manifest.Model.Id} has no file {path}.", path);
    }

    /// <summary>Opens a file for reading.</summary>
    /// <inheritdoc cref="PathOf" path="/param|/exception"/>
    public FileStream OpenRead(string? artifact = null) => new(PathOf(artifact), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1, FileOptions.Asynchronous);

    /// <summary>Maps a file into memory, for runtimes that take an address: the system reads pages as they are touched, and may drop them.</summary>
    /// <inheritdoc cref="PathOf" path="/param|/exception"/>
    public MemoryMappedFile Map(string? artifact = null) => MemoryMappedFile.CreateFromFile(OpenRead(artifact), null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
}
