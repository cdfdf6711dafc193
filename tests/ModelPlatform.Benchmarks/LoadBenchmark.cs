using System.Diagnostics;
using ModelPlatform.Client;
using ModelPlatform.Client.Loading;

namespace ModelPlatform.Benchmarks;

/// <summary>The client's side: loading out of a platform, loading out of the cache, fetching with no platform, and how soon the command line says its first word.</summary>
internal static class LoadBenchmark
{
    private const int Starts = 15;

    public static async Task RunAsync(BenchmarkSettings settings)
    {
        Environment.SetEnvironmentVariable("TMPDIR", settings.Directory);
        var directory = Directory.CreateDirectory(Path.Combine(settings.Directory, $"mp-bench-{Guid.NewGuid():N}")).FullName;
        try
        {
            await FileOrigin.WriteFileAsync(Path.Combine(directory, "file"), settings.Bytes);
            await using var origin = await FileOrigin.StartAsync(directory);
            var (file, cache, copy, local) = (new Uri(origin.Address, "file"), Path.Combine(directory, "cache"), Path.Combine(directory, "copy"), Path.Combine(directory, "local"));
            await StartAsync();
            await using (var platform = await PlatformProcesses.StartAsync(origin.Address))
            {
                await platform.FetchAsync(file, "model");
                var client = new ModelPlatformClient(new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = platform.Api.BaseAddress });
                await new Contest("load out of a platform", settings)
                    .Add("curl -o", () => Contest.ShellAsync($"curl -sf -o {copy} {platform.Api.BaseAddress}v2/models/model/artifacts/file"), () => DeleteAsync(copy))
                    .Add("ModelPlatform.Client, load", () => LoadAsync(client, cache, settings), () => DeleteAsync(cache), Contest.Here)
                    .Add("ModelPlatform.Client, cached, hashed", () => LoadAsync(client, cache, settings), null, Contest.Here)
                    .RunAsync();
                await DeleteAsync(cache);
            }

            await new Contest("fetch with no platform", settings)
                .Add("curl -o", () => Contest.ShellAsync($"curl -sf -o {copy} {file}"), () => DeleteAsync(copy))
                .Add("modelplatform model fetch --local", () => Contest.ShellAsync($"{CommandLine()} model fetch url {file} --name m --framework other --local {local} -f quiet"), () => DeleteAsync(local))
                .RunAsync();
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task LoadAsync(ModelPlatformClient client, string cache, BenchmarkSettings settings)
    {
        using var loader = new ModelLoader(client, new ModelLoaderOptions { CacheDirectory = cache, MaxCacheSize = settings.Bytes * 2, AvailableMemory = () => long.MaxValue });
        _ = (await loader.LoadAsync("model:v1")).Value;
    }

    private static async Task StartAsync()
    {
        List<double> seconds = [];
        for (var i = 0; i < Starts; i++)
        {
            var started = Stopwatch.GetTimestamp();
            await Contest.ShellAsync($"{CommandLine()} --help");
            seconds.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        Console.WriteLine($"{CommandLine()} --help: median {seconds.Order().ElementAt(Starts / 2):0} ms from start to end");
    }

    /// <summary>The installed tool where MODELPLATFORM_TOOL names it, else the built one.</summary>
    private static string CommandLine() => Environment.GetEnvironmentVariable("MODELPLATFORM_TOOL") is { Length: > 0 } tool
        ? tool
        : $"dotnet {Path.Combine(AppContext.BaseDirectory.Replace("ModelPlatform.Benchmarks", "ModelPlatform.Cli", StringComparison.Ordinal), "ModelPlatform.Cli.dll")}";

    private static Task DeleteAsync(string path)
    {
        File.Delete(Directory.Exists(path) ? Path.Combine(path, ".none") : path);
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }

        return Task.CompletedTask;
    }
}
