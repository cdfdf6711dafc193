using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ModelPlatform.Plugins;

/// <summary>The places plugins lie in, and what lies there now.</summary>
/// <param name="builtIn">Beside the service's own assemblies.</param>
/// <param name="thirdParty">In the data directory.</param>
internal sealed class PluginDirectories(string builtIn, string thirdParty)
{
    private static readonly EnumerationOptions Everything = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true };
    private readonly Dictionary<string, PluginCandidate> known = new(StringComparer.Ordinal);

    public IReadOnlyList<string> Roots { get; } = [builtIn, thirdParty];

    /// <summary>Finds all candidates. Reads a <c>plugin.json</c> again only where its directory has changed.</summary>
    public async Task<IReadOnlyList<PluginCandidate>> ScanAsync(CancellationToken cancellationToken)
    {
        var found = new List<PluginCandidate>();
        foreach (var root in Roots)
        {
            foreach (var directory in SubdirectoriesOf(root))
            {
                if (TakeFingerprint(directory) is not { } fingerprint)
                {
                    continue;
                }

                if (!known.TryGetValue(directory, out var candidate) || candidate.Fingerprint != fingerprint)
                {
                    candidate = await ReadAsync(directory, root == builtIn, fingerprint, cancellationToken);
                }

                found.Add(candidate);
            }
        }

        known.Clear();
        foreach (var candidate in found)
        {
            known[candidate.Directory] = candidate;
        }

        return found;
    }

    /// <summary>A digest over names, lengths and times of all files; null where the directory is gone or holds no <c>plugin.json</c>.</summary>
    public static string? TakeFingerprint(string directory)
    {
        try
        {
            if (!File.Exists(Path.Combine(directory, PluginManifest.FileName)))
            {
                return null;
            }

            var lines = new DirectoryInfo(directory).EnumerateFiles("*", Everything)
                .Select(file => string.Create(CultureInfo.InvariantCulture, $"{file.FullName}|{file.Length}|{file.LastWriteTimeUtc.Ticks}|{file.CreationTimeUtc.Ticks}"))
                .Order(StringComparer.Ordinal);
            return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines))));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Changed under our hands: the next scan sees what became of it.
            return null;
        }
    }

    private static async Task<PluginCandidate> ReadAsync(string directory, bool isBuiltIn, string fingerprint, CancellationToken cancellationToken)
    {
        var (manifest, fault) = await PluginManifest.ReadAsync(directory, cancellationToken);
        var name = Path.GetFileName(directory);
        if (manifest is { Id: var id } && !id.Equals(name, StringComparison.OrdinalIgnoreCase))
        {
            (manifest, fault) = (null, $"{PluginManifest.FileName} names the id {id}: the directory must have the same name");
        }

        return new PluginCandidate(directory, isBuiltIn, fingerprint, manifest is null ? name : manifest.Id, manifest, fault);
    }

    // A name that begins with a dot is somebody's staging place: the plugin appears when it is renamed.
    private static IEnumerable<string> SubdirectoriesOf(string root) =>
        Directory.Exists(root) ? Directory.EnumerateDirectories(root).Where(path => !Path.GetFileName(path.AsSpan()).StartsWith('.')).Order(StringComparer.Ordinal) : [];
}
