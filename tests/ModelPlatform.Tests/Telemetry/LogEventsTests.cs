using System.Text.RegularExpressions;

namespace ModelPlatform.Tests.Telemetry;

/// <summary>docs/operations/log-events.md names every numbered log message, and no number stands for two.</summary>
public sealed partial class LogEventsTests
{
    /// <summary>Below it a message of a room that has not been given its numbers yet.</summary>
    private const int FirstNumber = 1000;

    [Fact]
    public void Numbers_OfAllMessages_AreUniqueAndDocumented()
    {
        var root = FindRoot();
        var inCode = new[] { "src", "ServiceDefaults", "AppHost" }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(root, folder), "*.cs", SearchOption.AllDirectories))
            .SelectMany(file => Message().Matches(File.ReadAllText(file))).Select(match => int.Parse(match.Groups[1].Value)).Where(number => number >= FirstNumber).ToList();
        var documented = Row().Matches(File.ReadAllText(Path.Combine(root, "docs", "operations", "log-events.md")))
            .SelectMany(row => row.Groups[1].Value.Split(", ")).Select(int.Parse).ToList();

        Assert.True(inCode.Count > 60, "The messages were not found.");
        Assert.Empty(inCode.GroupBy(number => number).Where(group => group.Count() > 1).Select(group => group.Key));
        Assert.Empty(inCode.Except(documented));
        Assert.Empty(documented.Except(inCode));
    }

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory!.FullName, "ModelPlatform.sln")))
        {
            directory = directory.Parent;
        }

        return directory.FullName;
    }

    [GeneratedRegex(@"LoggerMessage\((?:EventId = )?(\d+)")]
    private static partial Regex Message();

    [GeneratedRegex(@"^\| (\d{4}(?:, \d{4})*) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
