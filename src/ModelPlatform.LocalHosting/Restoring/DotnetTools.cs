using System.Text.Json;

namespace ModelPlatform.LocalHosting.Restoring;

/// <summary>The .NET tools pinned in <c>.config/dotnet-tools.json</c>.</summary>
internal sealed class DotnetTools(string root)
{
    /// <summary>Finds a tool's assembly, after <c>dotnet tool restore</c> where it is not there.</summary>
    /// <exception cref="RestoreException">It could not be restored.</exception>
    public async Task<string> RestoreAsync(string package, string assembly, CancellationToken cancellationToken)
    {
        var manifest = Path.Combine(root, ".config", "dotnet-tools.json");
        await using var stream = File.OpenRead(manifest);
        using var json = await JsonDocument.ParseAsync(stream, cancellationToken: cancellationToken);
        var version = json.RootElement.GetProperty("tools").GetProperty(package).GetProperty("version").GetString()!;
        var folder = Path.Combine(PackageFolder(), package, version);
        if (Find(folder, assembly) is { } found)
        {
            return found;
        }

        Directory.CreateDirectory(PackageFolder());
        using (await FileLock.AcquireAsync(Path.Combine(PackageFolder(), $".{package}.lock"), cancellationToken))
        {
            if (Find(folder, assembly) is null)
            {
                await Tool.RunAsync(Running.Command.DotnetHost, ["tool", "restore"], root, cancellationToken);
            }
        }

        return Find(folder, assembly) ?? throw new RestoreException($"'dotnet tool restore' gave no {assembly} of {package} {version} below {folder}");
    }

    private static string PackageFolder() =>
        Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } folder
            ? folder
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    /// <summary>The metadata file is written last, when a package is complete.</summary>
    private static string? Find(string folder, string assembly) =>
        File.Exists(Path.Combine(folder, ".nupkg.metadata"))
            ? Directory.EnumerateFiles(Path.Combine(folder, "tools"), "DotnetToolSettings.xml", SearchOption.AllDirectories)
                .Order(StringComparer.Ordinal)
                .Select(settings => Path.Combine(Path.GetDirectoryName(settings)!, assembly))
                .LastOrDefault(File.Exists)
            : null;
}
