using System.Diagnostics;

namespace ModelPlatform.FunctionalTests.CommandLine;

/// <summary>What a shell does with the command line.</summary>
public sealed class ShellTests
{
    [Theory]
    [InlineData("modelplatform mod", "model")]
    [InlineData("modelplatform model fe", "fetch")]
    [InlineData("modelplatform --format json job wat", "watch")]
    [InlineData("modelplatform model fetch url x --sta", "--stage")]
    [InlineData("modelplatform model fetch url x --stage st", "staging")]
    [InlineData("modelplatform completion z", "zsh")]
    public async Task Completion_Bash_LoadsAndCompletes(string line, string expected)
    {
        var script = await Cli.RunAsync(Path.GetTempPath(), null, "completion", "bash");
        Assert.Equal(0, script.Exit);
        var probe = $"{script.Data}\nCOMP_WORDS=({line}); COMP_CWORD=$((${{#COMP_WORDS[@]}}-1)); _modelplatform; printf '%s\\n' \"${{COMPREPLY[@]}}\"";

        using var bash = Process.Start(new ProcessStartInfo("bash", ["--norc", "-eu", "-c", probe]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, errors) = (await bash.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), await bash.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        await bash.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Empty(errors);
        Assert.Contains(expected, output.Split('\n'));
    }

    [Theory]
    [InlineData("zsh", "bashcompinit")]
    [InlineData("fish", "complete -c modelplatform -n '__modelplatform_at \" model\"' -a fetch")]
    public async Task Completion_OtherShells_AreWritten(string shell, string part) =>
        Assert.Contains(part, (await Cli.RunAsync(Path.GetTempPath(), null, "completion", shell)).Data, StringComparison.Ordinal);

    [Fact]
    public async Task Guide_Reference_IsWhatTheParserSays()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "ModelPlatform.sln")))
        {
            folder = folder.Parent;
        }

        var guide = await File.ReadAllTextAsync(Path.Combine(folder.FullName, "docs", "guides", "cli.md"), TestContext.Current.CancellationToken);
        var reference = (await Cli.RunAsync(Path.GetTempPath(), null, "reference")).Data;

        // Out of date: modelplatform reference writes it anew.
        Assert.EndsWith(reference, guide, StringComparison.Ordinal);
    }
}
