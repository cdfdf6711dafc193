using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.FileSystem;

/// <summary>Provides <c>filesystem</c>: files and directories below <c>Sources:FileSystem:Root</c>, and nothing else of the disk.</summary>
public sealed class FileSystemPlugin : ISourcePlugin
{
    private const string DefaultRoot = "models";

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, ISource> CreateSources(SourceContext context)
    {
        if (context.Settings.Keys.FirstOrDefault(key => !key.Equals("Root", StringComparison.OrdinalIgnoreCase)) is { } unknown)
        {
            throw new PlatformException(new PlatformError(ErrorCode.InvalidRequest, $"Sources:FileSystem:{unknown} is not a setting. The only one is Root."));
        }

        var root = context.Settings.TryGetValue("Root", out var configured) && configured.Trim() is { Length: > 0 } path ? path : DefaultRoot;
        return new Dictionary<string, ISource>(StringComparer.Ordinal) { ["filesystem"] = new FileSystemSource(new ConfinedRoot(Path.GetFullPath(root))) };
    }
}
