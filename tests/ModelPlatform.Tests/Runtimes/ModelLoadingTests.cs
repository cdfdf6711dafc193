using System.Text.Json.Nodes;
using ModelPlatform.Events;
using ModelPlatform.Runtimes;
using ModelPlatform.Sources;
using ModelPlatform.Sources.Runtimes;
using ModelPlatform.Tests.Stores;

namespace ModelPlatform.Tests.Runtimes;

/// <summary>Loading on the real ONNX Runtime, with models made here: what works, and everything that is wrong with a model or a request.</summary>
public sealed class ModelLoadingTests(GarnetFixture fixture) : IClassFixture<GarnetFixture>
{
    private const int Size = 128;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Load_ThenInferThenUnload_DoublesAndSaysEachStep()
    {
        await using var host = await StartAsync();
        var id = await host.PublishAsync("plain", "onnx", ("model.onnx", OnnxFile.Products(Size, layers: 3)));

        var record = await host.LoadAsync(id);
        var answer = await host.InferAsync(id, Size);

        Assert.Equal((ModelStatus.Loaded, ModelHealth.Healthy, "onnx"), (record.Status, record.Health, record.Instance!.Runtime));
        Assert.Equal([-1L, Size], record.Instance.Inputs[0].Shape);
        Assert.Equal(24f, BitConverter.ToSingle(answer.Value.Outputs[0].Data.Span));
        Assert.Same(record, await host.LoadAsync(id));
        Assert.Equal(ModelStatus.Downloaded, (await host.Loader.UnloadAsync(id, Token)).Value.Status);
        Assert.Equal(ErrorCode.InvalidState, (await host.InferAsync(id, Size)).Error!.Code);
        Assert.Equal(ErrorCode.InvalidState, (await host.Loader.UnloadAsync(id, Token)).Error!.Code);
        Assert.Equal([EventTypes.ModelPublished, EventTypes.LoadStart, EventTypes.LoadComplete, EventTypes.UnloadComplete], (await host.EventsAsync(id)).Where(type => type != EventTypes.ModelPublished).Prepend(EventTypes.ModelPublished));
    }

    [Fact]
    public async Task Load_ExternalData_MapsVerifiedCopiesAndRemovesThem()
    {
        await using var host = await StartAsync();
        var id = await host.PublishAsync("external", "onnx", ("onnx/model.onnx", OnnxFile.Products(Size, 2, "weights.bin")), ("onnx/weights.bin", [.. OnnxFile.Weights(Size, 0), .. OnnxFile.Weights(Size, 1)]));

        await host.LoadAsync(id);
        var copies = Directory.GetFiles(Path.Combine(host.Directory, "runtimes"), "*", SearchOption.AllDirectories);
        Assert.Equal("weights.bin", Path.GetFileName(Assert.Single(copies)));
        Assert.Equal(12f, BitConverter.ToSingle((await host.InferAsync(id, Size)).Value.Outputs[0].Data.Span));

        await host.Loader.UnloadAsync(id, Token);
        Assert.Empty(Directory.GetFiles(Path.Combine(host.Directory, "runtimes"), "*", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData("../../../../etc/passwd", ErrorCode.SecurityViolation, "outside its directory")]
    [InlineData("/etc/passwd", ErrorCode.SecurityViolation, "outside its directory")]
    [InlineData("not-there.bin", ErrorCode.NotFound, "not part of the model")]
    public async Task Load_ExternalDataThatIsNotOfTheModel_IsRefusedBeforeTheRuntimeSeesIt(string location, ErrorCode code, string says)
    {
        await using var host = await StartAsync();
        var id = await host.PublishAsync("escape", "onnx", ("model.onnx", OnnxFile.Products(Size, 1, location)));

        var refused = await host.Loader.LoadAsync(id, new LoadOrder(), Token);

        Assert.Equal(code, refused.Error!.Code);
        Assert.Contains(says, refused.Error.Message);
        Assert.Equal(ModelStatus.Error, (await host.UntilAsync(id, _ => true)).Status);
        Assert.Contains(EventTypes.ErrorOccurred, await host.EventsAsync(id));
    }

    [Fact]
    public async Task Load_CorruptModels_AreErrorsAndAnotherModelStillLoads()
    {
        await using var host = await StartAsync();
        var good = OnnxFile.Products(Size, 2);
        var random = new byte[5000];
        new Random(7).NextBytes(random);
        var cases = new Dictionary<string, byte[]> { ["cut"] = good[..(good.Length / 2)], ["noise"] = random, ["text"] = [.. "this is no model"u8], ["empty-graph"] = [0x08, 0x08] };
        foreach (var (name, content) in cases)
        {
            var id = await host.PublishAsync(name, "onnx", ("model.onnx", content));
            var refused = await host.Loader.LoadAsync(id, new LoadOrder(), Token);
            Assert.True(refused.Error?.Code is ErrorCode.IntegrityFailed, $"{name}: {refused.Error}");
        }

        var operation = await host.PublishAsync("operation", "onnx", ("model.onnx", OnnxFile.Products(Size, operation: "NoSuchOperation")));
        Assert.Equal(ErrorCode.UnsupportedFramework, (await host.Loader.LoadAsync(operation, new LoadOrder(), Token)).Error!.Code);
        var framework = await host.PublishAsync("framework", "gguf", ("model.gguf", random));
        Assert.Equal(ErrorCode.UnsupportedFramework, (await host.Loader.LoadAsync(framework, new LoadOrder(), Token)).Error!.Code);

        await host.LoadAsync(await host.PublishAsync("fine", "onnx", ("model.onnx", good)));
    }

    [Fact]
    public async Task Infer_WrongInputs_NamesWhatIsWrong()
    {
        await using var host = await StartAsync();
        var id = await host.PublishAsync("inputs", "onnx", ("model.onnx", OnnxFile.Products(Size)));
        await host.LoadAsync(id);
        var data = new byte[Size * 4];
        var wrong = new Dictionary<string, NamedTensor[]>
        {
            ["The input x (float32 [?, 128]) is missing."] = [],
            ["There is no input z; inputs: x (float32 [?, 128])."] = [new("x", TensorType.Float32, [1, Size], data), new("z", TensorType.Float32, [1, Size], data)],
            ["The input x is float32, not int64."] = [new("x", TensorType.Int64, [1, Size], data)],
            ["The shape [1, 127] does not fit the input x"] = [new("x", TensorType.Float32, [1, 127], data)],
            ["The shape [128] does not fit the input x"] = [new("x", TensorType.Float32, [128], data)],
            ["The input x has no elements."] = [new("x", TensorType.Float32, [0, Size], Array.Empty<byte>())],
        };
        foreach (var (says, inputs) in wrong)
        {
            var refused = (await host.Inference.RunAsync(id, inputs, Token)).Error;
            Assert.Equal(ErrorCode.InvalidRequest, refused!.Code);
            Assert.Contains(says, refused.Message);
        }

        Assert.True((await host.InferAsync(id, Size)).IsSuccess);
        Assert.Equal(ModelHealth.Healthy, (await host.Loader.CheckAsync(id, Token)).Value.Health);
    }

    [Fact]
    public async Task Load_LargerThanMemory_IsRefusedOrMakesRoom()
    {
        await using var host = await StartAsync(("Runtimes:MemoryLimit", $"{400L * 1024 * 1024}"));
        var first = await host.PublishAsync("first", "onnx", ("model.onnx", OnnxFile.Products(Size)));
        var second = await host.PublishAsync("second", "onnx", ("model.onnx", OnnxFile.Products(Size, 2)));
        await host.LoadAsync(first);

        // Each needs 256 MiB, as the tier says: the second takes the place of the first.
        await host.LoadAsync(second);
        Assert.Equal(ModelStatus.Downloaded, (await host.UntilAsync(first, _ => true)).Status);

        await using var small = await StartAsync(("Runtimes:MemoryLimit", "1000000"));
        var third = await small.PublishAsync("third", "onnx", ("model.onnx", OnnxFile.Products(Size)));
        var refused = (await small.Loader.LoadAsync(third, new LoadOrder(), Token)).Error;
        Assert.Equal(ErrorCode.InvalidState, refused!.Code);
        Assert.Contains("Insufficient memory", refused.Message);
    }

    [Fact]
    public async Task Configure_WithoutReloadWhereTheRuntimeCan_AndWithWhereItMust()
    {
        await using var host = await StartAsync();
        var id = await host.PublishAsync("config", "onnx", ("model.onnx", OnnxFile.Products(Size)));
        var first = await host.LoadAsync(id);

        var changed = (await host.Loader.ConfigureAsync(id, new JsonObject { ["threshold"] = 0.3, ["batchSize"] = 1, ["forceCpu"] = true }, Token)).Value;
        Assert.Equal(first.Instance!.InstanceId, changed.Instance!.InstanceId);
        Assert.Equal(0.3, (double)changed.Configuration["threshold"]!);
        var two = new NamedTensor("x", TensorType.Float32, [2, Size], new byte[2 * Size * 4]);
        Assert.Contains("batchSize", (await host.Inference.RunAsync(id, [two], Token)).Error!.Message);

        var reloaded = (await host.Loader.ConfigureAsync(id, new JsonObject { ["threads"] = 1, ["batchSize"] = null }, Token)).Value;
        Assert.NotEqual(first.Instance.InstanceId, reloaded.Instance!.InstanceId);
        Assert.True((await host.Inference.RunAsync(id, [two], Token)).IsSuccess);

        Assert.Equal(ErrorCode.InvalidRequest, (await host.Loader.ConfigureAsync(id, new JsonObject { ["threshold"] = 7 }, Token)).Error!.Code);
        Assert.Contains("CUDAExecutionProvider is not available", (await host.Loader.ConfigureAsync(id, new JsonObject { ["forceCpu"] = false, ["executionProviders"] = new JsonArray("CUDAExecutionProvider") }, Token)).Error!.Message);
    }

    [Fact]
    public async Task Restart_LoadsAgainWhatWasLoaded_AndForgetsWhatWasUnloaded()
    {
        var host = await StartAsync();
        var id = await host.PublishAsync("again", "onnx", ("model.onnx", OnnxFile.Products(Size)));
        var first = await host.LoadAsync(id, new JsonObject { ["threads"] = 1 });
        await host.StopAsync();

        await using var next = await RuntimeHost.StartAsync(await fixture.StartAsync(), directory: host.Directory);
        var record = await next.UntilAsync(id, record => record.Status is ModelStatus.Loaded && record.Instance?.InstanceId != first.Instance!.InstanceId);
        Assert.Equal(1, (int)record.Configuration["threads"]!);
        Assert.True((await next.InferAsync(id, Size)).IsSuccess);
    }

    [Fact]
    public async Task Load_TwiceAtOnce_IsOneLoad()
    {
        await using var host = await StartAsync();
        var id = await host.PublishAsync("once", "onnx", ("model.onnx", OnnxFile.Products(512, 4)));

        var both = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => host.LoadAsync(id)));

        Assert.Single(both.Select(record => record.Instance!.InstanceId).Distinct());
        Assert.Single(await host.EventsAsync(id), type => type == EventTypes.LoadStart);
    }

    private async Task<RuntimeHost> StartAsync(params (string Key, string Value)[] settings)
    {
        var garnet = await fixture.StartAsync();
        await garnet.EmptyAsync();
        return await RuntimeHost.StartAsync(garnet, settings.ToDictionary(pair => pair.Key, pair => (string?)pair.Value));
    }
}
