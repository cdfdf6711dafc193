using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.OnnxRuntime;
using ModelPlatform.Tests.Runtimes;

namespace ModelPlatform.Benchmarks;

/// <summary>Inference through the API of a running platform with the sample model: what the way there costs, and how many a second it carries.</summary>
internal static class InferBenchmark
{
    private const int Size = 16;
    private const int Calls = 2000;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(20);

    public static async Task RunAsync(string[] args)
    {
        var url = args[Array.IndexOf(args, "--url") + 1];
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(url), Timeout = TimeSpan.FromMinutes(5) };
        await OverheadAsync(http);
        await RateAsync(http);
    }

    private static async Task OverheadAsync(HttpClient http)
    {
        var content = OnnxFile.Products(Size);
        using (var upload = await http.PostAsync("/UploadModelBlob?modelName=tiny&modelVersion=v1&framework=onnx", new ByteArrayContent(content)))
        {
            upload.EnsureSuccessStatusCode();
        }

        (await http.PostAsync("/v1/models/tiny:v1/load", JsonContent.Create(new JsonObject()))).EnsureSuccessStatusCode();
        using var session = new InferenceSession(content);
        var row = new float[Size];
        var (inside, through) = (new List<double>(Calls), new List<double>(Calls));
        var body = new JsonObject { ["inputs"] = new JsonObject { ["x"] = new JsonObject { ["dtype"] = "float32", ["shape"] = new JsonArray(1, Size), ["data"] = new JsonArray([.. row.Select(value => (JsonNode)value)]) } } }.ToJsonString();
        for (var i = 0; i < Calls; i++)
        {
            var watch = Stopwatch.StartNew();
            using (var input = OrtValue.CreateTensorValueFromMemory(row, [1, Size]))
            using (var options = new RunOptions())
            {
                session.Run(options, ["x"], [input], ["y"]).Dispose();
            }

            inside.Add(watch.Elapsed.TotalMilliseconds);
            watch.Restart();
            using var answer = await http.PostAsync("/v1/models/tiny:v1/infer", new StringContent(body, MediaTypeHeaderValue.Parse("application/json")));
            _ = await answer.Content.ReadAsByteArrayAsync();
            answer.EnsureSuccessStatusCode();
            through.Add(watch.Elapsed.TotalMilliseconds);
        }

        Console.WriteLine($"tensor of {Size} floats, {Calls} calls: in-process p50 {P(inside, 50):0.000} ms, through the API p50 {P(through, 50):0.000} p95 {P(through, 95):0.000} ms, overhead p50 {P(through, 50) - P(inside, 50):0.000} ms");
    }

    private static async Task RateAsync(HttpClient http)
    {
        var config = new JsonObject { ["config"] = new JsonObject { ["artifact"] = "ch_PP-OCRv4_rec_infer.onnx" } };
        (await http.PostAsync("/v1/models/ppocr:v1/load", JsonContent.Create(config))).EnsureSuccessStatusCode();
        var smallest = new byte[3 * 48 * 16 * 4];
        var (count, failed) = (0, 0);
        var latencies = new System.Collections.Concurrent.ConcurrentBag<double>();
        var whole = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async worker =>
        {
            while (whole.Elapsed < Duration)
            {
                var watch = Stopwatch.StartNew();
                using var body = new ByteArrayContent(smallest);
                body.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
                using var answer = await http.PostAsync("/v1/models/ppocr:v1/infer?shape=1,3,48,16", body);
                await answer.Content.LoadIntoBufferAsync();
                latencies.Add(watch.Elapsed.TotalMilliseconds);
                Interlocked.Increment(ref count);
                if (!answer.IsSuccessStatusCode)
                {
                    Interlocked.Increment(ref failed);
                }
            }
        }));
        var seconds = whole.Elapsed.TotalSeconds;
        var health = await http.GetFromJsonAsync<JsonObject>("/v1/models/ppocr:v1/health?now=true");
        var looks = health!["history"]!.AsArray().Select(look => (string?)look!["outcome"]).GroupBy(outcome => outcome).Select(group => $"{group.Key} {group.Count()}");
        Console.WriteLine($"recognition 1x3x48x16 for {seconds:0} s, 4 at a time: {count / seconds:0} inferences/s, {failed} failed, p50 {P([.. latencies], 50):0.0} p95 {P([.. latencies], 95):0.0} ms; health {health["health"]}, looks: {string.Join(", ", looks)}");
    }

    private static double P(List<double> values, int percent) => values.Order().ElementAt(values.Count * percent / 100);
}
