using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace ModelPlatform.Plugins;

/// <summary><c>plugin.json</c>: what a plugin directory says of itself.</summary>
internal sealed partial record PluginManifest
{
    /// <summary>The contract this host speaks: a plugin needs the same major and no higher minor.</summary>
    public const int ContractMajor = 1;

    /// <inheritdoc cref="ContractMajor"/>
    public const int ContractMinor = 1;

    public const string FileName = "plugin.json";

    private const int LongestFile = 64 * 1024;

    public required string Id { get; init; }

    public required string Version { get; init; }

    /// <summary><c>major.minor</c> of the contract it was built for.</summary>
    public required string Contract { get; init; }

    public required string EntryAssembly { get; init; }

    /// <summary>The only assemblies, managed or native, that are loaded from the directory: relative paths with forward slashes.</summary>
    public required IReadOnlyList<string> Assemblies { get; init; }

    public string? Description { get; init; }

    /// <summary>A reference of its source that works without a network.</summary>
    public string? Example { get; init; }

    /// <summary>Reads and checks the file.</summary>
    /// <returns>The manifest, or what is wrong with it.</returns>
    public static async Task<(PluginManifest? Manifest, string? Fault)> ReadAsync(string directory, CancellationToken cancellationToken)
    {
        try
        {
            await using var file = new FileStream(Path.Combine(directory, FileName), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 4096, useAsync: true);
            if (file.Length > LongestFile)
            {
                return (null, $"{FileName} is longer than {LongestFile} bytes");
            }

            var manifest = await JsonSerializer.DeserializeAsync(file, PluginManifestJson.Default.PluginManifest, cancellationToken);
            return manifest is null ? (null, $"{FileName} is empty") : manifest.FindFault() is { } fault ? (null, fault) : (manifest, null);
        }
        catch (JsonException exception)
        {
            return (null, $"{FileName} is not valid: {exception.Message}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return (null, $"{FileName} cannot be read: {exception.Message}");
        }
    }

    /// <summary>Why this host cannot take it although it is well-formed; null where it can.</summary>
    public string? FindIncompatibility()
    {
        var match = ContractPattern().Match(Contract);
        var (major, minor) = (int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture), int.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture));
        return major == ContractMajor && minor <= ContractMinor ? null
            : $"it is built for contract {Contract}, this host speaks {ContractMajor}.{ContractMinor}: "
              + (major < ContractMajor ? "build the plugin against the newer ModelPlatform.Sources" : "update the platform");
    }

    private string? FindFault() =>
        !IdPattern().IsMatch(Id) ? "id may hold letters, digits, dot, dash and underscore, and begins with a letter or digit"
        : !PluginVersion.TryParse(Version, out _) ? "version is not of the form 1.2.3 or 1.2.3-beta.1"
        : !ContractPattern().IsMatch(Contract) ? "contract is not of the form major.minor"
        : Assemblies.Any(path => Sources.ArtifactPath.FindFault(path) is not null) ? "assemblies names a path that leads out of the directory"
        : !Assemblies.Contains(EntryAssembly, StringComparer.Ordinal) || EntryAssembly.Contains('/') ? "entryAssembly is not one of assemblies, or not beside plugin.json"
        : null;

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z")]
    private static partial Regex IdPattern();

    [GeneratedRegex(@"^(\d{1,4})\.(\d{1,4})\z")]
    private static partial Regex ContractPattern();
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, ReadCommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(PluginManifest))]
internal sealed partial class PluginManifestJson : JsonSerializerContext;
