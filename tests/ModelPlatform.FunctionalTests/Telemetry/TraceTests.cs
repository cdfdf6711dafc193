using ModelPlatform.FunctionalTests.Platform;

namespace ModelPlatform.FunctionalTests.Telemetry;

/// <summary>What a collector is told of one fetch.</summary>
public sealed class TraceTests
{
    private const int Chunk = 5_242_880;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Fetch_FromTheRequestToTheChunkStore_IsOneTraceWithoutASpanAChunk()
    {
        await using var origin = await Origin.StartAsync();
        await using var collector = await OtlpReceiver.StartAsync();
        await using var platform = await RunningPlatform.StartAsync(Options(origin, collector), Token);
        var content = new Content((12 * Chunk) + 1, seed: 91);

        await platform.Api.FetchAsync("url", origin.Put("/traced.onnx", content), "traced", Token);
        var trace = await TraceAsync(collector, "run fetch", "end job");
        TestContext.Current.TestOutputHelper?.WriteLine(Tree(trace, trace.Single(span => span.ParentId.Length == 0), 0));

        // From process to process, each under the one that caused it.
        var request = Assert.Single(trace, span => span.ParentId.Length == 0);
        Assert.Equal(("api", "POST /FetchModel"), (request.Service, request.Name));
        var enqueue = Assert.Single(trace, span => span.Name == "enqueue fetch");
        Assert.Equal(("api", request.SpanId), (enqueue.Service, enqueue.ParentId));
        var run = Assert.Single(trace, span => span.Name == "run fetch");
        Assert.Equal(("jobs", enqueue.SpanId), (run.Service, run.ParentId));
        Assert.Equal("traced:v1", run.Attributes["modelplatform.model"]);
        var file = Assert.Single(trace, span => span.Name == "fetch file");
        Assert.Equal(run.SpanId, file.ParentId);
        Assert.All(["inspect source", "plan fetch", "publish model", "end job"], name => Assert.Contains(trace, span => span.Service == "jobs" && span.Name == name));
        Assert.Equal("url", Assert.Single(trace, span => span.Name == "read from source" && span.ParentId == file.SpanId).Attributes["modelplatform.source"]);
        Assert.Single(trace, span => span.Name == "store chunks" && span.ParentId == file.SpanId);

        // The stores' own clients: blobs for the manifest, Redis for the records, both below what used them.
        Assert.Contains(trace, span => span.Service == "jobs" && span.Scope.StartsWith("Azure.Storage.Blobs", StringComparison.Ordinal));
        Assert.Contains(trace, span => span.Service == "jobs" && span.Scope.Contains("StackExchangeRedis", StringComparison.Ordinal));
        Assert.Contains(trace, span => span.Service == "api" && span.Scope.Contains("StackExchangeRedis", StringComparison.Ordinal));
        Assert.All(trace.Where(span => span != request), span => Assert.Contains(trace, parent => parent.SpanId == span.ParentId));

        // 13 chunks were put, each seen twice at publication: none of it is a span.
        Assert.DoesNotContain(trace, span => span.Attributes.Any(attribute => attribute.Value?.Contains("/chunks/", StringComparison.Ordinal) == true));
        Assert.DoesNotContain(collector.Spans, span => span.Scope.StartsWith("Detail.", StringComparison.Ordinal));
        Assert.True(collector.Requests("metrics") >= 0 && collector.Requests("logs") > 0);
    }

    [Fact]
    public async Task Fetch_WithDetail_HasASpanAChunkInTheSameTrace()
    {
        await using var origin = await Origin.StartAsync();
        await using var collector = await OtlpReceiver.StartAsync();
        var options = Options(origin, collector);
        await using var platform = await RunningPlatform.StartAsync(
            options with { Environment = new Dictionary<string, string>(options.Environment) { ["Telemetry__Detail"] = "true" } }, Token);

        await platform.Api.FetchAsync("url", origin.Put("/detail.onnx", new Content(3 * Chunk, seed: 92)), "detail", Token);
        var trace = await TraceAsync(collector, "run fetch", "end job");

        var storing = Assert.Single(trace, span => span.Name == "store chunks");
        Assert.Equal(3, trace.Count(span => span.Scope == "Detail.ModelPlatform.Chunks" && span.Name == "write" && span.ParentId == storing.SpanId));
    }

    private static PlatformOptions Options(Origin origin, OtlpReceiver collector) => new()
    {
        Environment = new Dictionary<string, string>
        {
            ["Fetch__AllowedOrigins__0"] = origin.Address,
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address,
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "500",
        },
    };

    /// <summary>The trace of the fetch, once the spans named have come in, and everything they hang on.</summary>
    private static async Task<IReadOnlyList<ReceivedSpan>> TraceAsync(OtlpReceiver collector, params string[] names)
    {
        while (true)
        {
            if (collector.Spans.FirstOrDefault(span => span.Name == "run fetch") is { } run)
            {
                var trace = collector.Spans.Where(span => span.TraceId == run.TraceId).ToList();
                var known = trace.Select(span => span.SpanId).ToHashSet(StringComparer.Ordinal);
                if (names.All(name => trace.Any(span => span.Name == name))
                    && trace.All(span => span.ParentId.Length == 0 || known.Contains(span.ParentId))
                    && new[] { "api", "jobs" }.All(service => trace.Any(span => span.Service == service && span.Scope.Contains("StackExchangeRedis", StringComparison.Ordinal))))
                {
                    return trace;
                }
            }

            await Task.Delay(200, Token).WaitAsync(Token);
        }
    }

    private static string Tree(IReadOnlyList<ReceivedSpan> trace, ReceivedSpan span, int depth) =>
        $"{new string(' ', depth * 2)}{span.Service}: {span.Name}\n{string.Concat(trace.Where(child => child.ParentId == span.SpanId).Select(child => Tree(trace, child, depth + 1)))}";
}
