using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace ModelPlatform.Tests.Architecture;

/// <summary>References go one way: plugins → Sources ← Manifests ← ModelPlatform ← {Api, JobServer, ModelHost}; Manifests ← Client ← {Cli, Dashboard}.</summary>
public sealed partial class ReferenceDirectionTests
{
    private const string Plugin = "plugins/*";

    /// <summary>What each project may refer to, and nothing else. AppHost refers to the services only to have them built, never in code.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["ModelPlatform.Sources"] = [],
        ["ModelPlatform.Manifests"] = ["ModelPlatform.Sources"],
        ["ModelPlatform"] = ["ModelPlatform.Manifests", "ModelPlatform.Sources"],
        ["ModelPlatform.ServiceDefaults"] = [],
        ["ModelPlatform.LocalHosting"] = [],
        ["ModelPlatform.Client"] = ["ModelPlatform.Manifests"],
        ["ModelPlatform.Api"] = ["ModelPlatform", "ModelPlatform.ServiceDefaults"],
        ["ModelPlatform.JobServer"] = ["ModelPlatform", "ModelPlatform.ServiceDefaults"],
        ["ModelPlatform.ModelHost"] = ["ModelPlatform", "ModelPlatform.ServiceDefaults"],
        ["ModelPlatform.Dashboard"] = ["ModelPlatform.Client", "ModelPlatform.ServiceDefaults"],
        ["ModelPlatform.Cli"] = ["ModelPlatform.Client", "ModelPlatform"],
        ["ModelPlatform.AppHost"] = ["ModelPlatform.LocalHosting"],
        [Plugin] = ["ModelPlatform.Sources"],
    };

    private static string Root { get; } = FindRoot();

    [Fact]
    public void ProjectReferences_OfEveryProject_GoOneWay()
    {
        var projects = ProductProjects().ToList();
        Assert.True(projects.Count >= 12, "The product's projects were not found.");
        var wrong = from project in projects
                    let name = Path.GetFileNameWithoutExtension(project)
                    from reference in CodeReferences(project)
                    where !AllowedFor(project, name).Contains(reference)
                    select $"{name} → {reference}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void Namespaces_OfTheEngineAndTheServices_AreTheirFolders()
    {
        var wrong = from project in ProductProjects()
                    where project.Contains($"{Path.DirectorySeparatorChar}src{Path.DirectorySeparatorChar}", StringComparison.Ordinal) && !project.Contains("LocalHosting", StringComparison.Ordinal)
                    let folder = Path.GetDirectoryName(project)!
                    let root = XDocument.Load(project).Descendants("RootNamespace").FirstOrDefault()?.Value ?? Path.GetFileNameWithoutExtension(project)
                    from file in SourceFiles(folder)
                    let declared = NamespacePattern().Match(File.ReadAllText(file)).Groups[1].Value
                    let expected = string.Join('.', [root, .. Path.GetRelativePath(folder, Path.GetDirectoryName(file)!).Split(Path.DirectorySeparatorChar).Where(part => part != ".")])
                    where declared.Length > 0 && declared != expected
                    select $"{Path.GetRelativePath(Root, file)}: {declared}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void Folders_OfTheProduct_NameAConcern()
    {
        string[] kinds = ["Common", "Helpers", "Helper", "Utils", "Utilities", "Managers", "Extensions", "Misc", "Shared"];
        var wrong = ProductProjects()
            .SelectMany(project => SourceFiles(Path.GetDirectoryName(project)!))
            .Where(file => Path.GetRelativePath(Root, file).Split(Path.DirectorySeparatorChar).Any(part => kinds.Contains(Path.GetFileNameWithoutExtension(part), StringComparer.OrdinalIgnoreCase)));
        Assert.Empty(wrong);
    }

    [Fact]
    public void AppHostAndServices_HaveNoConditionalCompilation()
    {
        var wrong = ProductProjects()
            .Where(project => !project.Contains("LocalHosting", StringComparison.Ordinal))
            .SelectMany(project => SourceFiles(Path.GetDirectoryName(project)!))
            .Where(file => File.ReadLines(file).Any(line => line.StartsWith("#if", StringComparison.Ordinal)));
        Assert.Empty(wrong);
    }

    private static string[] AllowedFor(string project, string name)
    {
        var key = project.Contains($"{Path.DirectorySeparatorChar}plugins{Path.DirectorySeparatorChar}", StringComparison.Ordinal) ? Plugin : name;
        return Allowed.TryGetValue(key, out var allowed) ? allowed : throw new InvalidOperationException($"{name} is a new room: say here what it may refer to.");
    }

    private static IEnumerable<string> CodeReferences(string project)
    {
        // The plugins' references stand once in plugins/Directory.Build.props.
        var files = project.Contains($"{Path.DirectorySeparatorChar}plugins{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
            ? new[] { project, Path.Combine(Root, "plugins", "Directory.Build.props") }
            : [project];
        return from file in files
               from reference in XDocument.Load(file).Descendants("ProjectReference")
               where !string.Equals((string?)reference.Attribute("ReferenceOutputAssembly") ?? (string?)reference.Element("ReferenceOutputAssembly"), "false", StringComparison.OrdinalIgnoreCase)
                   && !IsAspireProjectReference(project, (string)reference.Attribute("Include")!)
               select Path.GetFileNameWithoutExtension(((string)reference.Attribute("Include")!).Replace('\\', '/'));
    }

    private static bool IsAspireProjectReference(string project, string include) =>
        project.EndsWith("ModelPlatform.AppHost.csproj", StringComparison.Ordinal) && !include.Contains("LocalHosting", StringComparison.Ordinal);

    private static IEnumerable<string> ProductProjects() =>
        new[] { "AppHost", "ServiceDefaults", "src", "plugins" }
            .Select(folder => Path.Combine(Root, folder))
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.csproj", SearchOption.AllDirectories))
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}Template{Path.DirectorySeparatorChar}", StringComparison.Ordinal));

    private static IEnumerable<string> SourceFiles(string folder) => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories);

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "ModelPlatform.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("ModelPlatform.sln was not found above the tests.");
    }

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespacePattern();
}
