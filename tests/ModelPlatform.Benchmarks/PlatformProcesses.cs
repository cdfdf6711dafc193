using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ModelPlatform.FunctionalTests.Platform;

namespace ModelPlatform.Benchmarks;

/// <summary>The whole platform with the FileSystem store, as <c>dotnet run</c> of the AppHost starts it, and what its processes cost.</summary>
internal sealed class PlatformProcesses : IAsyncDisposable
{
    private const double TicksPerSecond = 100;
    private static readonly string[] Own = ["api", "jobs", "dashboard"];

    private readonly RunningPlatform platform;

    private PlatformProcesses(RunningPlatform platform) => this.platform = platform;

    public HttpClient Api => platform.Api;

    public static async Task<PlatformProcesses> StartAsync(Uri origin, string store = "filesystem", IReadOnlyDictionary<string, string>? environment = null) =>
        new(await RunningPlatform.StartAsync(new PlatformOptions
        {
            Arguments = ["--store", store],
            Environment = new Dictionary<string, string>(environment ?? new Dictionary<string, string>()) { ["Fetch__AllowedOrigins__0"] = origin.GetLeftPart(UriPartial.Authority), ["MODEL_FETCH_MAX_FILE_SIZE"] = "0" },
        }));

    /// <summary>Fetches and waits until the model is published.</summary>
    public async Task FetchAsync(Uri file, string name)
    {
        var id = await EnqueueAsync(file, name);
        await WaitAsync(id);
    }

    public async Task<string> EnqueueAsync(Uri file, string name)
    {
        using var response = await Api.PostAsJsonAsync("/FetchModel", new { source = "url", sourceReference = file.ToString(), modelName = name, framework = "other" });
        var body = (await response.Content.ReadFromJsonAsync<JsonObject>())!;
        return (string?)body["jobId"] ?? throw new InvalidOperationException(body.ToJsonString());
    }

    public async Task WaitAsync(string jobId)
    {
        while (true)
        {
            var job = (await Api.GetFromJsonAsync<JsonObject>($"/ModelFetchJob?id={jobId}"))!;
            switch ((string?)job["status"])
            {
                case "completed":
                    return;
                case "failed" or "cancelled":
                    throw new InvalidOperationException(job.ToJsonString());
            }

            await Task.Delay(20);
        }
    }

    /// <summary>The model and its chunks are gone, at once: no grace period.</summary>
    public async Task ForgetAsync(string name)
    {
        using var response = await Api.DeleteAsync($"/v1/models/{name}");
        foreach (var path in Directory.EnumerateFiles(Path.Combine(platform.Data, "store", "chunks"), "*", SearchOption.AllDirectories))
        {
            File.Delete(path);
        }
    }

    /// <summary>Processor time of API, job server and dashboard so far.</summary>
    public TimeSpan Cpu() => TimeSpan.FromSeconds(Own.Sum(name =>
    {
        var stat = File.ReadAllText($"/proc/{platform.Children[name]}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }));

    /// <summary>A setting as the AppHost handed it to a process.</summary>
    public string SettingOf(string process, string name) =>
        File.ReadAllText($"/proc/{platform.Children[process]}/environ").Split('\0').Single(line => line.StartsWith(name + "=", StringComparison.Ordinal))[(name.Length + 1)..];

    /// <summary>Peak resident memory by process, in MiB.</summary>
    public IReadOnlyDictionary<string, long> PeakMemory() => platform.Children.ToDictionary(
        child => child.Key,
        child => File.ReadLines($"/proc/{child.Value}/status").Where(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))
            .Select(line => long.Parse(line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024).Single());

    public ValueTask DisposeAsync() => platform.DisposeAsync();
}
