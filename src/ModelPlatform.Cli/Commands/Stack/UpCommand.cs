using System.CommandLine;
using System.Diagnostics;
using System.Runtime.InteropServices;
using ModelPlatform.Cli.Output;

namespace ModelPlatform.Cli.Commands.Stack;

/// <summary><c>up</c>: becomes the AppHost, so that its signals, output and end are the command's own.</summary>
internal static partial class UpCommand
{
    private const string AppHost = "ModelPlatform.AppHost";

    public static Command Create(Terminal terminal)
    {
        var values = new Option<string?>[]
        {
            new("--data") { Description = "Where everything is kept; .modelplatform if not given.", HelpName = "dir" },
            new("--api-port") { Description = "Port of the API; 5100 if not given.", HelpName = "port" },
            new("--dashboard-port") { Description = "Port of the dashboard; 5200 if not given.", HelpName = "port" },
            new("--job-servers") { Description = "How many job servers; one if not given.", HelpName = "count" },
            new("--redis") { Description = "garnet or redis-server.", HelpName = "kind" },
            new("--store") { Description = "azure (an emulator) or filesystem (chunks as files, no Node.js needed).", HelpName = "kind" },
        };
        var noSample = new Option<bool>("--no-sample") { Description = "Fetch no sample model." };
        var command = new Command("up", "Starts a platform on this machine: API, job server, dashboard and stores. Ctrl+C stops it.") { noSample };
        foreach (var option in values)
        {
            command.Add(option);
        }

        command.SetAction((parsed, cancellationToken) =>
        {
            List<string> arguments = [.. values.Where(option => parsed.GetValue(option) is not null).SelectMany(option => new[] { option.Name, parsed.GetValue(option)! })];
            if (parsed.GetValue(noSample))
            {
                arguments.Add(noSample.Name);
            }

            return RunAsync(terminal, arguments, cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(Terminal terminal, List<string> arguments, CancellationToken cancellationToken)
    {
        if (FindAppHost(AppContext.BaseDirectory) is not { } assembly)
        {
            terminal.Complain("The local stack is not beside this tool. Build the AppHost (dotnet build AppHost), or install the packaged tool.");
            return ExitCode.Failed;
        }

        var dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));
        if (!OperatingSystem.IsWindows())
        {
            terminal.Progress.Flush();
            _ = execv(dotnet, ["dotnet", assembly, .. arguments, null]);
            terminal.Complain($"{dotnet} cannot be started: {Marshal.GetLastPInvokeErrorMessage()}");
            return ExitCode.Failed;
        }

        using var process = Process.Start(new ProcessStartInfo(dotnet, [assembly, .. arguments]))!;
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The console told the child too.
            await process.WaitForExitAsync(CancellationToken.None);
        }

        return process.ExitCode;
    }

    /// <summary>Beside the packaged tool, or where the repository's build puts it.</summary>
    private static string? FindAppHost(string beside)
    {
        var own = Path.GetFileName(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(beside)))!;
        return new[]
        {
            Path.Combine(beside, "stack", AppHost, $"{AppHost}.dll"),
            Path.Combine(beside.Replace($"{Path.DirectorySeparatorChar}{own}{Path.DirectorySeparatorChar}", $"{Path.DirectorySeparatorChar}{AppHost}{Path.DirectorySeparatorChar}", StringComparison.Ordinal), $"{AppHost}.dll"),
        }.FirstOrDefault(File.Exists);
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int execv(string path, string?[] arguments);
}
