using System.Text.RegularExpressions;

namespace ModelPlatform.Dashboard.Tests.Loading;

public sealed partial class GuideTests
{
    [Fact]
    public void ClientGuide_EveryExample_StandsInTheCompiledFile()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root!.FullName, "ModelPlatform.sln")))
        {
            root = root.Parent;
        }

        var compiled = Plain(File.ReadAllText(Path.Combine(root.FullName, "tests", "ModelPlatform.Dashboard.Tests", "Loading", "GuideExamples.cs")));
        var examples = Example().Matches(File.ReadAllText(Path.Combine(root.FullName, "docs", "guides", "client.md"))).Select(match => Plain(match.Groups[1].Value)).ToList();

        Assert.Equal(6, examples.Count);
        Assert.All(examples, example => Assert.Contains(example, compiled, StringComparison.Ordinal));
    }

    private static string Plain(string text) => string.Join('\n', text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0));

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Example();
}
