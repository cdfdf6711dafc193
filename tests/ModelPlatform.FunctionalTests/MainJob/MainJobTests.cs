using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ModelPlatform.FunctionalTests.Platform;

namespace ModelPlatform.FunctionalTests.MainJob;

/// <summary>A model goes in and comes out again, byte for byte, also after a restart.</summary>
public sealed class MainJobTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("azure")]
    [InlineData("filesystem")]
    public async Task Fetch_FromOriginAndDisk_GivesEveryByteAlsoAfterARestart(string store)
    {
        await using var origin = await Origin.StartAsync();
        await using var platform = await RunningPlatform.StartAsync(
            new PlatformOptions
            {
                Arguments = ["--store", store],
                Environment = new Dictionary<string, string> { ["Fetch__AllowedOrigins__0"] = origin.Address },
            },
            Token);
        var remote = new Content(23_456_789, seed: 1);
        var (first, second) = (new Content(5_242_880 * 2, seed: 2), new Content(1, seed: 3));
        Directory.CreateDirectory(Path.Combine(platform.Models, "pair", "deep"));
        await first.WriteToAsync(Path.Combine(platform.Models, "pair", "first.onnx"));
        await second.WriteToAsync(Path.Combine(platform.Models, "pair", "deep", "second.bin"));

        await platform.Api.FetchAsync("url", origin.Put("/models/remote.onnx", remote), "from-origin", Token);
        await platform.Api.FetchAsync("filesystem", "pair", "from-disk", Token);
        await AssertAllAsync();
        await platform.RestartAsync(Token);
        await AssertAllAsync();

        async Task AssertAllAsync()
        {
            var artifact = (await platform.Api.ManifestAsync("from-origin:v1", Token))["artifacts"]![0]!;
            Assert.Equal(remote.Sha256(), (string?)artifact["sha256"]);
            await platform.Api.AssertArtifactAsync("from-origin:v1", (string)artifact["path"]!, remote, Token);
            await platform.Api.AssertArtifactAsync("from-disk:v1", "first.onnx", first, Token);
            await platform.Api.AssertArtifactAsync("from-disk:v1", "deep/second.bin", second, Token);
        }
    }

    [Fact]
    public async Task Fetch_OfTheSameContentTwice_StoresItOnce()
    {
        await using var origin = await Origin.StartAsync();
        await using var platform = await RunningPlatform.StartAsync(
            new PlatformOptions { Environment = new Dictionary<string, string> { ["Fetch__AllowedOrigins__0"] = origin.Address } }, Token);
        var content = new Content(12_000_000, seed: 4);

        await platform.Api.FetchAsync("url", origin.Put("/one.onnx", content), "one", Token);
        var stored = await StoredAsync();
        await platform.Api.FetchAsync("url", origin.Put("/two.onnx", content), "two", Token);

        Assert.Equal((3, content.Length), stored);
        Assert.Equal(stored, await StoredAsync());
        await platform.Api.AssertArtifactAsync("two:v1", "two.onnx", content, Token);

        async Task<(long Chunks, long Bytes)> StoredAsync()
        {
            var usage = (await platform.Api.GetFromJsonAsync<JsonObject>("/v1/storage", Token))!;
            return ((long)usage["chunkCount"]!, (long)usage["storedBytes"]!);
        }
    }

    [Theory]
    [InlineData("redis")]
    [InlineData("jobs")]
    [InlineData("api")]
    public async Task Kill9_DuringAFetch_TheJobStillCompletes(string victim)
    {
        await using var origin = await Origin.StartAsync();
        await using var platform = await RunningPlatform.StartAsync(
            new PlatformOptions { Environment = new Dictionary<string, string> { ["Fetch__AllowedOrigins__0"] = origin.Address } }, Token);
        var content = new Content(64_000_000, seed: 5);
        var reached = new TaskCompletionSource();
        origin.Intercept = async (context, _) =>
        {
            // Slow enough that the kill falls into the middle.
            await Task.Delay(150, context.RequestAborted);
            if (origin.BytesSent("/big.onnx") > 12_000_000)
            {
                reached.TrySetResult();
            }

            return false;
        };

        var (status, body) = await platform.Api.PostFetchAsync(FetchApi.Request("url", origin.Put("/big.onnx", content), "big"), Token);
        Assert.Equal(202, status);
        await Task.WhenAny(reached.Task, Task.Delay(TimeSpan.FromSeconds(20), Token));
        platform.KillChild(victim);

        var job = await platform.Api.WaitForEndAsync((string)body["jobId"]!, Token).WaitAsync(TimeSpan.FromMinutes(3), Token);
        Assert.True((string?)job["status"] == "completed", job.ToJsonString());
        await platform.Api.AssertArtifactAsync("big:v1", "big.onnx", content, Token);
    }

    [Fact]
    public async Task Kill9_AtRandomMoments_FetchesAtMostEightChunksAgain()
    {
        const int Chunk = 5 * 1024 * 1024;
        const int Length = 100_000_000;
        await using var origin = await Origin.StartAsync();
        await using var platform = await RunningPlatform.StartAsync(
            new PlatformOptions { Arguments = ["--store", "filesystem"], Environment = new Dictionary<string, string> { ["Fetch__AllowedOrigins__0"] = origin.Address } }, Token);
        for (var round = 0; round < 3; round++)
        {
            // Late enough that beginning anew would cost more than is allowed.
            var (path, at) = ($"/random{round}.onnx", Random.Shared.Next(9 * Chunk, Length - Chunk));
            var content = new Content(Length, seed: (ulong)(20 + round));
            origin.Intercept = async (context, _) =>
            {
                await Task.Delay(200, context.RequestAborted);
                return false;
            };
            var (status, body) = await platform.Api.PostFetchAsync(FetchApi.Request("url", origin.Put(path, content), $"random{round}"), Token);
            Assert.Equal(202, status);
            while (origin.BytesSent(path) < at)
            {
                await Task.Delay(5, Token);
            }

            var old = platform.Children["jobs"];
            platform.KillChild("jobs");
            await platform.WaitForReplacementAsync("jobs", old, Token).WaitAsync(TimeSpan.FromMinutes(1), Token);
            var job = await platform.Api.WaitForEndAsync((string)body["jobId"]!, Token).WaitAsync(TimeSpan.FromMinutes(3), Token);

            Assert.True((string?)job["status"] == "completed", job.ToJsonString());
            await platform.Api.AssertArtifactAsync($"random{round}:v1", $"random{round}.onnx", content, Token);
            var again = origin.BytesSent(path) - Length;
            TestContext.Current.SendDiagnosticMessage($"Killed after {at} bytes: {again} bytes were sent again ({(double)again / Chunk:0.0} chunks).");
            Assert.True(again <= (8 * Chunk) + 4096, $"Killed after {at} bytes, {again} bytes were sent again ({(double)again / Chunk:0.0} chunks).");
        }
    }

    [Fact]
    public async Task FirstRun_FetchesTheSampleAndSaysHowToDownloadIt()
    {
        await using var platform = await RunningPlatform.StartAsync(new PlatformOptions { Sample = true }, Token);
        while (!platform.Log.Contains("curl -fO", StringComparison.Ordinal) && !platform.Log.Contains("not fetched", StringComparison.Ordinal))
        {
            // The lines after the first are still being read.
            await Task.Delay(50, Token);
        }

        Assert.Contains("ppocr:v1, manifest ", platform.Log);
        Assert.Contains("curl -fO ", platform.Log);
        var manifest = await platform.Api.ManifestAsync("ppocr:v1", Token);
        Assert.Contains((string)manifest["integrity"]!["manifestHash"]!, platform.Log);
        Assert.Equal(2, manifest["artifacts"]!.AsArray().Count);
    }
}
