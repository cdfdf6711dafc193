using System.Diagnostics;

namespace ModelPlatform.Benchmarks;

/// <summary>What the whole platform holds in memory at its peak: one huge file, and ten large ones at once.</summary>
internal static class MemoryBenchmark
{
    private const int Together = 10;

    public static async Task RunAsync(BenchmarkSettings settings)
    {
        Environment.SetEnvironmentVariable("TMPDIR", settings.Directory);
        await using var origin = await GeneratedOrigin.StartAsync();
        foreach (var (title, files, size) in new[] { ("one file", 1, settings.SizeMiB), ("ten at once", Together, settings.SizeMiB / Together) })
        {
            await using var platform = await PlatformProcesses.StartAsync(origin.Address, environment: new Dictionary<string, string> { ["MODEL_FETCH_MAX_CONCURRENT"] = $"{Together}" });
            var watch = Stopwatch.StartNew();
            var before = platform.Cpu();
            var jobs = await Task.WhenAll(Enumerable.Range(0, files).Select(i => platform.EnqueueAsync(new Uri(origin.Address, $"{size}/{i}"), $"model-{i}")));
            await Task.WhenAll(jobs.Select(platform.WaitAsync));
            Console.WriteLine($"{title}: {files} × {size} MiB in {watch.Elapsed.TotalSeconds:0.0} s, {(platform.Cpu() - before).TotalSeconds / settings.GiB:0.00} CPU s/GiB; peak resident MiB: "
                + string.Join(", ", platform.PeakMemory().Select(process => $"{process.Key} {process.Value}")));
        }
    }
}
