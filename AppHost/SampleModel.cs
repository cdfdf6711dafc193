using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelPlatform.LocalHosting.Restoring;

namespace ModelPlatform.AppHost;

/// <summary>A real model for the first run: the text detection and recognition models of PP-OCR, which an npm package of the lock file ships.</summary>
internal sealed class SampleModel : IDisposable
{
    private const string Directory = "ppocr";
    private const string Id = "ppocr:v1";
    private static readonly string[] Files = ["ch_PP-OCRv4_det_infer.onnx", "ch_PP-OCRv4_rec_infer.onnx"];

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly LaunchOptions launch;
    private readonly HttpClient http;

    public SampleModel(Uri api, LaunchOptions launch)
    {
        this.launch = launch;
        http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = api };
        if (Environment.GetEnvironmentVariable("MODEL_FETCH_TOKEN") is { Length: > 0 } token)
        {
            http.DefaultRequestHeaders.Add("X-Model-Fetch-Token", token);
        }
    }

    /// <summary>Fetches it through the API like any other model.</summary>
    /// <returns>What to tell about it.</returns>
    public async Task<string[]> FetchAsync(CancellationToken cancellationToken)
    {
        try
        {
            await CopyAsync(cancellationToken);
            if (await RequestAsync(cancellationToken) is { } jobId)
            {
                await WaitAsync(jobId, cancellationToken);
            }

            var manifest = await http.GetFromJsonAsync<JsonElement>($"v2/manifests/{Id}", cancellationToken);
            var hash = manifest.GetProperty("integrity").GetProperty("manifestHash").GetString();
            var primary = manifest.GetProperty("artifacts")[0].GetProperty("path").GetString();
            return [$"Sample     {Id}, manifest {hash}", $"           curl -fO {http.BaseAddress}v2/models/{Id}/artifacts/{primary}"];
        }
        catch (Exception exception) when (exception is RestoreException or HttpRequestException or IOException or UnauthorizedAccessException or JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return [$"Sample     not fetched: {exception.Message}"];
        }
    }

    public void Dispose() => http.Dispose();

    private async Task CopyAsync(CancellationToken cancellationToken)
    {
        var target = Path.Combine(launch.Models, Directory);
        if (Files.All(file => File.Exists(Path.Combine(target, file))))
        {
            return;
        }

        var modules = await new NodePackages(Path.Combine(launch.Root, "src", "ModelPlatform.LocalHosting", "npm")).RestoreAsync(cancellationToken);
        System.IO.Directory.CreateDirectory(target);
        foreach (var file in Files)
        {
            // Under its name only when it is whole: another copy may look at the same moment.
            var part = Path.Combine(launch.Models, $".{file}.{Environment.ProcessId}");
            File.Copy(Path.Combine(modules, "@gutenye", "ocr-models", "assets", file), part, overwrite: true);
            File.Move(part, Path.Combine(target, file), overwrite: true);
        }
    }

    private async Task<string?> RequestAsync(CancellationToken cancellationToken)
    {
        var body = new JsonObject
        {
            ["source"] = "filesystem",
            ["sourceReference"] = Directory,
            ["modelName"] = "ppocr",
            ["modelVersion"] = "v1",
            ["framework"] = "onnx",
        };
        using var response = await http.PostAsync("FetchModel", JsonContent.Create(body), cancellationToken);
        var answer = await response.Content.ReadFromJsonAsync<JsonObject>(cancellationToken);
        return response.StatusCode switch
        {
            HttpStatusCode.Accepted => (string?)answer?["jobId"],
            HttpStatusCode.OK => (string?)answer?["jobId"],
            _ => throw new HttpRequestException($"FetchModel answered {(int)response.StatusCode}: {(string?)answer?["error"]}"),
        };
    }

    /// <summary>Not for ever: whoever stopped the job servers from taking jobs still wants to know that the platform is ready.</summary>
    private async Task WaitAsync(string jobId, CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(started) < Patience)
        {
            var job = await http.GetFromJsonAsync<JsonElement>($"ModelFetchJob?id={jobId}", cancellationToken);
            switch (job.GetProperty("status").GetString())
            {
                case "completed":
                    return;
                case "failed" or "cancelled" or "paused":
                    throw new InvalidOperationException($"job {jobId} is {job.GetProperty("status")}: {job.GetProperty("lastError")}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), cancellationToken);
        }

        throw new InvalidOperationException($"job {jobId} is not done after {Patience.TotalSeconds:0} s; it goes on");
    }
}
