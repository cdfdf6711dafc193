using System.Diagnostics;
using System.Text.Json;

namespace ModelPlatform.Benchmarks;

/// <summary>Runs contenders in turn, round after round, and compares each with the first within the same round, so that a machine's moods cancel out.</summary>
internal sealed class Contest(string title, BenchmarkSettings settings)
{
    private readonly List<(string Name, Func<Task> Run, Func<Task>? Before, bool IsOwn)> contenders = [];
    private readonly Dictionary<string, List<(double Seconds, double Ratio, double Cpu)>> results = [];

    public Contest Add(string name, Func<Task> run, Func<Task>? before = null, bool isOwn = false)
    {
        contenders.Add((name, run, before, isOwn));
        results[name] = [];
        return this;
    }

    public async Task RunAsync()
    {
        for (var round = 0; round < settings.Rounds; round++)
        {
            var first = 0.0;
            foreach (var (name, run, before, _) in contenders)
            {
                await (before?.Invoke() ?? Task.CompletedTask);
                var cpu = Process.GetCurrentProcess().TotalProcessorTime;
                var started = Stopwatch.GetTimestamp();
                await run();
                var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
                first = first == 0 ? seconds : first;
                results[name].Add((seconds, seconds / first, (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalSeconds));
            }
        }

        Console.WriteLine($"{title}: {settings.SizeMiB} MiB, {settings.Rounds} rounds, {Environment.ProcessorCount} cores, medians");
        Console.WriteLine($"{"",-36}{"s",8}{"ratio",8}{"CPU s/GiB",11}");
        foreach (var (name, _, _, isOwn) in contenders)
        {
            var cpu = isOwn ? $"{Median(results[name].Select(result => result.Cpu)) / settings.GiB,11:0.00}" : $"{"",11}";
            Console.WriteLine($"{name,-36}{Median(results[name].Select(result => result.Seconds)),8:0.00}{Median(results[name].Select(result => result.Ratio)),8:0.00}{cpu}");
        }

        Console.WriteLine($"peak resident memory of this process: {Process.GetCurrentProcess().PeakWorkingSet64 / 1024 / 1024} MiB");
        if (settings.Json is { } path)
        {
            var figures = results.ToDictionary(pair => pair.Key, pair => pair.Value.Select(result => new { result.Seconds, result.Ratio, result.Cpu }));
            await File.WriteAllTextAsync(path, JsonSerializer.Serialize(new { title, settings.SizeMiB, settings.Rounds, figures }));
        }
    }

    /// <summary>Runs a shell line.</summary>
    public static async Task ShellAsync(string line)
    {
        using var shell = Process.Start(new ProcessStartInfo("bash", ["-c", "set -o pipefail; " + line]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = shell.StandardOutput.ReadToEndAsync();
        var errors = await shell.StandardError.ReadToEndAsync();
        await output;
        await shell.WaitForExitAsync();
        if (shell.ExitCode != 0)
        {
            throw new InvalidOperationException($"'{line}' ended with {shell.ExitCode}: {errors}");
        }
    }

    public static bool Has(string program) => (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':').Append("/usr/sbin").Any(directory => File.Exists(Path.Combine(directory, program)));

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0 ? 0 : sorted[sorted.Length / 2];
    }
}
