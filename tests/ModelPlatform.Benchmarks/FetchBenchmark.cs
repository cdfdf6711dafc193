namespace ModelPlatform.Benchmarks;

/// <summary>Fetching a file, chunk and file digests both, against what people use now.</summary>
internal static class FetchBenchmark
{
    public static async Task RunAsync(BenchmarkSettings settings)
    {
        var directory = Directory.CreateDirectory(Path.Combine(settings.Directory, $"mp-bench-{Guid.NewGuid():N}")).FullName;
        try
        {
            var sha256 = await FileOrigin.WriteFileAsync(Path.Combine(directory, "file"), settings.Bytes);
            await FileOrigin.WriteFileAsync(Path.Combine(directory, "warm"), 256L * 1024 * 1024);
            await using var origin = await FileOrigin.StartAsync(directory);
            Environment.SetEnvironmentVariable("TMPDIR", directory);
            using var platform = new WarmPlatform(Path.Combine(directory, "data"), origin.Address);
            await using var whole = await PlatformProcesses.StartAsync(origin.Address);
            var (file, target) = (new Uri(origin.Address, "file"), Path.Combine(directory, "out"));
            await platform.FetchAsync(new Uri(origin.Address, "warm"), null);
            await whole.FetchAsync(new Uri(origin.Address, "warm"), "warm");
            async Task Clean()
            {
                File.Delete(target);
                await platform.ForgetAsync();
                await whole.ForgetAsync("model");
                await Contest.ShellAsync("sync");
            }

            var contest = new Contest("fetch", settings)
                .Add("curl -o", () => Contest.ShellAsync($"curl -sf -o {target} {file}"), Clean)
                .Add("ModelPlatform, warm", () => platform.FetchAsync(file, null), Clean, cpu: Contest.Here)
                .Add("ModelPlatform, warm, digest pinned", () => platform.FetchAsync(file, sha256), Clean, cpu: Contest.Here)
                .Add("ModelPlatform, from POST to published", () => whole.FetchAsync(file, "model"), Clean, cpu: whole.Cpu)
                .Add("curl -o; openssl dgst", () => Contest.ShellAsync($"curl -sf -o {target} {file} && openssl dgst -sha256 {target}"), Clean)
                .Add("curl | tee | openssl dgst", () => Contest.ShellAsync($"curl -sf {file} | tee {target} | openssl dgst -sha256"), Clean)
                .Add("curl -o; sync", () => Contest.ShellAsync($"curl -sf -o {target} {file} && sync {target}"), Clean);
            if (Contest.Has("aria2c"))
            {
                contest.Add("aria2c -x16, checksum", () => Contest.ShellAsync($"aria2c -q -x16 -s16 --checksum=sha-256={sha256} -d {directory} -o out {file}"), Clean);
            }

            await contest.RunAsync();
            Console.WriteLine($"peak resident MiB of the platform's processes: {string.Join(", ", whole.PeakMemory().Select(process => $"{process.Key} {process.Value}"))}");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
