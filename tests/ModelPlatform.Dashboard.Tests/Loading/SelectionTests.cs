using System.Text.Json.Nodes;
using ModelPlatform.Client.Connection;
using ModelPlatform.Client.Loading.Selection;

namespace ModelPlatform.Dashboard.Tests.Loading;

public sealed class SelectionTests : IAsyncDisposable
{
    private const long GiB = 1L << 30;
    private readonly string folder = Directory.CreateTempSubdirectory("select-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync()
    {
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData(100L << 20, null, "micro")]
    [InlineData(300L << 20, null, "micro")]
    [InlineData(1L << 30, null, "small")]
    [InlineData(1L << 30, "micro", "micro")]
    [InlineData(1L << 30, "large", "small")]
    [InlineData(8L << 30, "large", "large")]
    public async Task SelectTier_Memory_IsThePreferredIfItFitsElseTheHighestElseMicroWithAWarning(long memory, string? preferred, string expected)
    {
        await using var registry = await FaultyRegistry.StartAsync();
        var warnings = new List<string>();
        using var loader = registry.Loader(folder, options => (options.AvailableMemory, options.OnWarning) = (() => memory, warnings.Add));

        Assert.Equal(expected, loader.SelectTier(preferred).Name);
        Assert.Equal(memory < 256 << 20, warnings.Count > 0);
    }

    [Fact]
    public async Task SelectModelAsync_Catalog_TakesTheOneWithAllCapabilitiesThatFitsAndRanksFirst()
    {
        await using var registry = await FaultyRegistry.StartAsync();
        registry.Catalog = new JsonArray(
            Row("code:v1", "small", GiB / 2, "code"), Row("gen:v1", "small", GiB / 2, "generate", "code"), Row("huge:v1", "small", 3 * GiB, "embed", "code"), Row("tiny:v1", "micro", 1, "embed"));
        using var loader = registry.Loader(folder, options => options.AvailableMemory = () => GiB);

        Assert.Equal("gen:v1", (await loader.SelectModelAsync(["code"], cancellationToken: Cancellation)).Value.Id);
        Assert.Equal("tiny:v1", (await loader.SelectModelAsync(cancellationToken: Cancellation)).Value.Id);
        var none = (await loader.SelectModelAsync(["fly", "swim"], cancellationToken: Cancellation)).Problem!;
        Assert.Equal((ProblemCode.ModelNotFound, "No model found for capabilities: fly, swim"), (none.Code, none.Error));
    }

    [Theory]
    [InlineData("0::/app", "1000", "400", "100", 700)]
    [InlineData("0::/app", "max", "400", "100", 8_000 * 1024)]
    [InlineData("4:memory:/app\n3:cpu:/app", "1000", "900", "0", 100)]
    [InlineData("0::/app", "1000", "2000", "0", 0)]
    public void DetectLinux_ControlGroup_LimitsWhatTheMachineHas(string own, string limit, string used, string idle, long expected)
    {
        var isFirstVersion = own.Contains("memory", StringComparison.Ordinal);
        var group = Directory.CreateDirectory(Path.Combine(folder, "cgroup", isFirstVersion ? "memory" : ".", "app")).FullName;
        File.WriteAllText(Path.Combine(folder, "meminfo"), "MemTotal:       16000 kB\nMemFree:         1000 kB\nMemAvailable:    8000 kB\n");
        File.WriteAllText(Path.Combine(folder, "own"), own);
        File.WriteAllText(Path.Combine(group, isFirstVersion ? "memory.limit_in_bytes" : "memory.max"), $"{limit}\n");
        File.WriteAllText(Path.Combine(group, isFirstVersion ? "memory.usage_in_bytes" : "memory.current"), $"{used}\n");
        File.WriteAllText(Path.Combine(group, "memory.stat"), $"anon 5\n{(isFirstVersion ? "total_inactive_file" : "inactive_file")} {idle}\n");

        Assert.Equal(expected, AvailableMemory.DetectLinux(Path.Combine(folder, "meminfo"), Path.Combine(folder, "own"), Path.Combine(folder, "cgroup")));
    }

    [Fact]
    public void Detect_ThisMachine_IsMoreThanNothingAndNotMoreThanThereIs()
    {
        Assert.InRange(AvailableMemory.Detect(), 1, long.MaxValue);
        Assert.Equal(2 * GiB, AvailableMemory.DetectLinux(Path.Combine(folder, "nothing"), Path.Combine(folder, "nothing"), folder));
    }

    private static JsonObject Row(string id, string tier, long memory, params string[] capabilities) => new()
    {
        ["id"] = id, ["name"] = id.Split(':')[0], ["version"] = "v1", ["tier"] = tier, ["memoryRequirement"] = memory, ["capabilities"] = new JsonArray([.. capabilities.Select(word => (JsonNode)word)]),
    };
}
