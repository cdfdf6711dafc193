using System.Diagnostics;

namespace ModelPlatform.Benchmarks;

/// <summary>Whether a fetch costs as much when much is stored already, and what listing and a dry garbage collection cost then. Models of 1 GiB, up to the size asked for.</summary>
internal static class GrowthBenchmark
{
    private const int ModelMiB = 1024;

    public static async Task RunAsync(BenchmarkSettings settings)
    {
        Environment.SetEnvironmentVariable("TMPDIR", settings.Directory);
        await using var origin = await GeneratedOrigin.StartAsync();
        await using var platform = await PlatformProcesses.StartAsync(origin.Address);
        await platform.FetchAsync(new Uri(origin.Address, $"{ModelMiB / 4}/0"), "warm");
        Console.WriteLine($"{"GiB stored",10}{"fetch, s",12}{"CPU s/GiB",12}{"list, ms",12}{"gc dry, ms",12}");
        for (var model = 1; model <= settings.SizeMiB / ModelMiB; model++)
        {
            // What the disk still has to write of the model before is not this one's cost.
            await Contest.ShellAsync("sync");
            var (watch, cpu) = (Stopwatch.StartNew(), platform.Cpu());
            await platform.FetchAsync(new Uri(origin.Address, $"{ModelMiB}/{model}"), $"model-{model}");
            var (seconds, spent) = (watch.Elapsed.TotalSeconds, (platform.Cpu() - cpu).TotalSeconds);
            watch.Restart();
            _ = await platform.Api.GetStringAsync("/v2/catalog?limit=100");
            var list = watch.Elapsed.TotalMilliseconds;
            watch.Restart();
            using var dry = await platform.Api.PostAsync("/v1/storage/gc?dryRun=true", null);
            dry.EnsureSuccessStatusCode();
            Console.WriteLine($"{model,10}{seconds,12:0.00}{spent,12:0.00}{list,12:0.0}{watch.Elapsed.TotalMilliseconds,12:0.0}");
        }
    }
}
