using System.Diagnostics;
using System.Text.Json;

namespace ModelPlatform.Benchmarks;

/// <summary>Runs contenders in turn, round after round, and compares each with the first within the same round, so that a machine's moods cancel out.</summary>
internal sealed class Contest(string title, BenchmarkSettings settings)
{
    private readonly List<(string Name, Func<Task> Run, Func<Task>? Before, Func<TimeSpan>? Cpu)> contenders = [];
    private readonly Dictionary<string, List<(double Seconds, double Ratio, double Cpu)>> results = [];

    public Contest Add(string name, Func<Task> run, Func<Task>? before = null, Func<TimeSpan>? cpu = null)
    {
        contenders.Add((name, run, before, cpu));
        results[name] = [];
        return this;
    }

    public async Task RunAsync()
    {
        for (var round = 0; round < settings.Rounds; round++)
        {
            var first = 0.0;
            foreach (var (name, run, before, cpu) in contenders)
            {
                await (before?.Invoke() ?? Task.CompletedTask);
                var spent = cpu?.Invoke() ?? TimeSpan.Zero;
                var started = Stopwatch.GetTimestamp();
                await run();
                var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
                first = first == 0 ? seconds : first;
                results[name].Add((seconds, seconds / first, ((cpu?.Invoke() ?? TimeSpan.Zero) - spent).TotalSeconds));
            }
        }

        Console.WriteLine($"{title}: {settings.SizeMiB} MiB, {settings.Rounds} rounds, {Environment.ProcessorCount} cores, medians");
        Console.WriteLine($"{"",-36}{"s",8}{"ratio",8}{"CPU s/GiB",11}");
        foreach (var (name, _, _, measure) in contenders)
        {
            var cpu = measure is not null ? $"{Median(results[name].Select(result => result.Cpu)) / settings.GiB,11:0.00}" : $"{"",11}";
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

    /// <summary>Processor time of this process so far.</summary>
    public static TimeSpan Here() => Process.GetCurrentProcess().TotalProcessorTime;

    public static bool Has(string program) => (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':').Append("/usr/sbin").Any(directory => File.Exists(Path.Combine(directory, program)));

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0 ? 0 : sorted[sorted.Length / 2];
    }
}
