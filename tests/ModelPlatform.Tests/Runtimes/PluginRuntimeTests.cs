using System.Text.Json;
using System.Text.Json.Nodes;
using ModelPlatform.Events;
using ModelPlatform.ModelHost.Inference;
using ModelPlatform.Plugins.Tests.Host;
using ModelPlatform.Registry;
using ModelPlatform.Runtimes;
using ModelPlatform.Sources;
using ModelPlatform.Sources.Runtimes;
using ModelPlatform.Tests.Stores;

namespace ModelPlatform.Tests.Runtimes;

/// <summary>A runtime that a plugin brings, really compiled and loaded by the plugin host: as fast, slow or broken as the test says.</summary>
public sealed class PluginRuntimeTests(GarnetFixture fixture) : IClassFixture<GarnetFixture>
{
    private readonly string directory = Directory.CreateTempSubdirectory("mp-runtimes-").FullName;
    private string Control => Path.Combine(directory, "mood");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Health_OfASlowRuntime_GoesThroughEveryStateAndBack()
    {
        await using var host = await StartAsync();
        var id = await PublishAsync(host, "moody");
        await SayAsync("fast");
        await host.LoadAsync(id, Configuration());
        await host.UntilAsync(id, record => record is { Health: ModelHealth.Healthy, History.Count: > 2 });

        await SayAsync("slow");
        await host.UntilAsync(id, record => record.Health is ModelHealth.Degraded);
        await SayAsync("fast");
        await host.UntilAsync(id, record => record.Health is ModelHealth.Healthy);
        await SayAsync("fail");
        await host.UntilAsync(id, record => record.Health is ModelHealth.Unhealthy || record.Status is ModelStatus.Error);
        var failed = await host.UntilAsync(id, record => record.Status is ModelStatus.Error);
        Assert.Contains("health checks in a row", failed.Failure!.Error);
        Assert.Null(failed.Instance);
        Assert.Equal(ErrorCode.InvalidState, (await InferAsync(host, id)).Error!.Code);

        // Loading it again is allowed, begins healthy, and a slow answer lets an unhealthy model recover by one step.
        await SayAsync("fast");
        var again = await host.LoadAsync(id);
        Assert.Equal((ModelStatus.Loaded, ModelHealth.Healthy), (again.Status, again.Health));
        await SayAsync("fail");
        await host.UntilAsync(id, record => record.Health is ModelHealth.Unhealthy);
        await SayAsync("slow");
        var recovering = await host.UntilAsync(id, record => record.Health is ModelHealth.Degraded && record.History[0].Outcome is ProbeOutcome.Impaired);
        Assert.All(recovering.History.Zip(recovering.History.Skip(1)), pair => Assert.True(HealthMachine.Allows(pair.Second.Health, pair.First.Health) || pair.First.Outcome is ProbeOutcome.Good));
        var events = await host.EventsAsync(id);
        Assert.Contains(EventTypes.HealthCheck, events);
        Assert.Contains(EventTypes.ErrorOccurred, events);
    }

    [Fact]
    public async Task Unload_WhileItInfers_BreaksTheInferenceOffAfterItsPatience()
    {
        await using var host = await StartAsync();
        var id = await PublishAsync(host, "busy");
        await SayAsync("fast");
        await host.LoadAsync(id, Configuration());
        await SayAsync("hang");
        var running = InferAsync(host, id);
        while (host.Loader.Find(id)!.Instance!.Running == 0)
        {
            await Task.Delay(5, Token);
        }

        var unloaded = await host.Loader.UnloadAsync(id, Token);

        Assert.Equal(ModelStatus.Downloaded, unloaded.Value.Status);
        var broken = (await running).Error;
        Assert.Equal(ErrorCode.InvalidState, broken!.Code);
        Assert.Contains("being unloaded", broken.Message);
    }

    [Fact]
    public async Task Load_ThatTakesTooLong_IsAnErrorAndItsLateModelIsUnloaded()
    {
        await using var host = await StartAsync(("Runtimes:LoadTimeout", "00:00:00.500"));
        var id = await PublishAsync(host, "late");
        await SayAsync("fast");

        var refused = (await host.Loader.LoadAsync(id, new LoadOrder { Configuration = Configuration(("loadDelay", 900)) }, Token)).Error;

        Assert.Equal(ErrorCode.NetworkTimeout, refused!.Code);
        Assert.Equal(ModelStatus.Error, (await host.UntilAsync(id, _ => true)).Status);
        while (!File.Exists($"{Control}.disposed"))
        {
            await Task.Delay(20, Token);
        }
    }

    [Fact]
    public async Task Load_OfManyModels_RunsTwoAtATime()
    {
        await using var host = await StartAsync();
        await SayAsync("fast");
        var ids = new List<ModelId>();
        for (var i = 0; i < 5; i++)
        {
            ids.Add(await PublishAsync(host, $"many{i}"));
        }

        await Task.WhenAll(ids.Select(id => host.LoadAsync(id, Configuration(("loadDelay", 200)))));

        Assert.Equal("2", await File.ReadAllTextAsync($"{Control}.most", Token));
    }

    private Task SayAsync(string mood) => File.WriteAllTextAsync(Control, mood, Token);

    private JsonObject Configuration(params (string Name, int Value)[] more)
    {
        var configuration = new JsonObject { ["control"] = Control };
        foreach (var (name, value) in more)
        {
            configuration[name] = value;
        }

        return configuration;
    }

    private static Task<ModelId> PublishAsync(RuntimeHost host, string name) => host.PublishAsync(name, "ollama", ("model.bin", [1, 2, 3]));

    private static Task<Result<InferenceAnswer>> InferAsync(RuntimeHost host, ModelId id) =>
        host.Inference.RunAsync(id, [new NamedTensor("x", TensorType.Float32, [1], new byte[4])], Token);

    private async Task<RuntimeHost> StartAsync(params (string Key, string Value)[] settings)
    {
        var plugin = Path.Combine(directory, "plugins", "moody");
        Directory.CreateDirectory(plugin);
        CompiledPlugin.Emit(Path.Combine(plugin, "moody.dll"), "moody", Code);
        await File.WriteAllTextAsync(Path.Combine(plugin, "plugin.json"), JsonSerializer.Serialize(new { id = "moody", version = "1.0.0", contract = "1.0", entryAssembly = "moody.dll", assemblies = new[] { "moody.dll" } }), Token);
        var garnet = await fixture.StartAsync();
        await garnet.EmptyAsync();
        var all = new Dictionary<string, string?>
        {
            ["Runtimes:HealthInterval"] = "00:00:00.100",
            ["Runtimes:SlowProbe"] = "00:00:00.500",
            ["Runtimes:ProbeTimeout"] = "00:00:05",
            ["Runtimes:UnloadPatience"] = "00:00:00.300",
            ["Runtimes:MostFailures"] = "8",
        };
        foreach (var (key, value) in settings)
        {
            all[key] = value;
        }

        return await RuntimeHost.StartAsync(garnet, all, directory);
    }

    private const string Code = """
        using System;
        using System.Collections.Generic;
        using System.IO;
        using System.Threading;
        using System.Threading.Tasks;
        using ModelPlatform.Sources;
        using ModelPlatform.Sources.Runtimes;

        public sealed class Plugin : IRuntimePlugin
        {
            public IReadOnlyDictionary<string, IModelRuntime> CreateRuntimes(SourceContext context) => new Dictionary<string, IModelRuntime> { ["moody"] = new Moody() };
        }

        internal sealed class Moody : IModelRuntime
        {
            private static readonly object Gate = new();
            private static int loading, most;
            public IReadOnlyList<string> Frameworks { get; } = new[] { "ollama" };
            public async ValueTask<Result<ILoadedModel>> LoadAsync(RuntimeModel model, RuntimeConfiguration configuration, CancellationToken cancellationToken)
            {
                var control = configuration.Values["control"].GetValue<string>();
                lock (Gate) { loading++; most = Math.Max(most, loading); File.WriteAllText(control + ".most", most.ToString()); }
                // It does not listen to the token: the worst kind.
                await Task.Delay(configuration.Values["loadDelay"] is { } delay ? int.Parse(delay.ToJsonString()) : 0);
                lock (Gate) { loading--; }
                return new Model(control);
            }
            public ValueTask DisposeAsync() => default;
        }

        internal sealed class Model : ILoadedModel
        {
            private readonly string control;
            public Model(string control) => this.control = control;
            public IReadOnlyList<TensorDescription> Inputs { get; } = new[] { new TensorDescription("x", TensorType.Float32, new long[] { 1 }) };
            public IReadOnlyList<TensorDescription> Outputs => Inputs;
            public string ModelType => null;
            public ValueTask<Result<bool>> ConfigureAsync(RuntimeConfiguration configuration, CancellationToken cancellationToken) => new(true);
            public async ValueTask<Result<IReadOnlyList<NamedTensor>>> InferAsync(IReadOnlyList<NamedTensor> inputs, CancellationToken cancellationToken)
            {
                switch (File.ReadAllText(control))
                {
                    case "slow": await Task.Delay(800, cancellationToken); break;
                    case "fail": throw new InvalidOperationException("no mood for it");
                    case "hang": await Task.Delay(Timeout.Infinite, cancellationToken); break;
                }
                return new NamedTensor[] { inputs[0] };
            }
            public ValueTask DisposeAsync() { File.WriteAllText(control + ".disposed", ""); return default; }
        }
        """;
}
