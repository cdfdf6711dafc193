using System.Diagnostics;

namespace ModelPlatform.FunctionalTests.CommandLine;

/// <summary>The real executable, as a shell starts it.</summary>
internal sealed class Cli : IDisposable
{
    private static readonly string Assembly =
        Path.Combine(AppContext.BaseDirectory.Replace(typeof(Cli).Assembly.GetName().Name!, "ModelPlatform.Cli", StringComparison.Ordinal), "ModelPlatform.Cli.dll");

    private readonly Process process;
    private readonly Task<string> data;
    private readonly Task<string> progress;

    private Cli(Process process) => (this.process, data, progress) = (process, process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());

    public int ProcessId => process.Id;

    public bool HasEnded => process.HasExited;

    public static Cli Start(string folder, IReadOnlyDictionary<string, string>? environment, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Assembly, .. arguments]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var name in new[] { "MODELPLATFORM_URL", "HARPER_URL", "CLI_TARGET_URL", "MODEL_FETCH_TOKEN" })
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return new Cli(process);
    }

    /// <summary>Runs to its end.</summary>
    public static async Task<CliResult> RunAsync(string folder, IReadOnlyDictionary<string, string>? environment, params string[] arguments)
    {
        using var cli = Start(folder, environment, arguments);
        return await cli.EndAsync();
    }

    public async Task<CliResult> EndAsync()
    {
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromMinutes(3), TestContext.Current.CancellationToken);
        return new CliResult(process.ExitCode, await data, await progress);
    }

    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
        }

        process.Dispose();
    }
}

/// <param name="Exit">Exit code.</param>
/// <param name="Data">Standard output.</param>
/// <param name="Progress">Standard error.</param>
internal sealed record CliResult(int Exit, string Data, string Progress)
{
    public System.Text.Json.Nodes.JsonNode Json => System.Text.Json.Nodes.JsonNode.Parse(Data)!;

    /// <summary>The lines of standard output.</summary>
    public string[] Lines => Data.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
