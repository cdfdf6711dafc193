namespace ModelPlatform.Plugins.FileSystem;

/// <summary>Why a path was not opened.</summary>
internal enum Refusal
{
    /// <summary>It was.</summary>
    None,

    /// <summary>There is nothing.</summary>
    Missing,

    /// <summary>A symbolic link is on the way, or the path ends outside.</summary>
    Outside,

    /// <summary>A pipe, a device or a socket.</summary>
    Special,

    /// <summary>It is a directory.</summary>
    IsDirectory,

    /// <summary>The operating system does not let this process read it.</summary>
    Denied,
}
