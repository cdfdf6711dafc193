using Microsoft.AspNetCore.Http;
using ModelPlatform.FunctionalTests.Platform;

namespace ModelPlatform.FunctionalTests.CommandLine;

/// <summary><c>model fetch … --local</c>: no Redis, no server.</summary>
public sealed class LocalFetchTests : IAsyncLifetime
{
    private const long Chunk = 5 * 1024 * 1024;
    private const long Size = (8 * Chunk) + 1_000;
    private readonly string folder = Directory.CreateTempSubdirectory("local-").FullName;
    private readonly Content content = new(Size, 76);
    private Origin origin = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Url => $"{origin.Address}/weights.onnx";

    public async ValueTask InitializeAsync()
    {
        origin = await Origin.StartAsync();
        origin.Put("/weights.onnx", content);
    }

    public async ValueTask DisposeAsync()
    {
        await origin.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task FetchLocal_Url_LeavesThePlainFileAndNothingElse()
    {
        var result = await RunAsync("--sha256", content.Sha256());

        Assert.True(result.Exit == 0, result.Progress);
        Assert.Equal(Size, (long?)result.Json["bytes"]);
        await IsWholeAsync();
        Assert.Equal(["out/weights.onnx"], Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(folder, path)));
    }

    [Fact]
    public async Task FetchLocal_Killed9InTheMiddle_GoesOnWhereItEnded()
    {
        var hold = new TaskCompletionSource();
        var served = 0;
        origin.Intercept = async (context, _) =>
        {
            // Every connection after the fifth waits, so that the kill comes in the middle.
            if (!HttpMethods.IsHead(context.Request.Method) && Interlocked.Increment(ref served) > 6)
            {
                await hold.Task.WaitAsync(context.RequestAborted);
            }

            return false;
        };
        using (var first = Cli.Start(folder, null, "model", "fetch", "url", Url, "--name", "w", "--local", "out"))
        {
            var journal = Path.Combine(folder, "out", ".modelplatform", "journal", "chunks");
            while (!File.Exists(journal) || new FileInfo(journal).Length < 200)
            {
                await Task.Delay(20, Cancellation);
            }

            await first.KillAsync();
        }

        hold.SetResult();
        Assert.False(File.Exists(Path.Combine(folder, "out", "weights.onnx")));
        var result = await RunAsync();

        Assert.True(result.Exit == 0, result.Progress);
        await IsWholeAsync();
        Assert.True((long?)result.Json["bytesReused"] >= Chunk, result.Data);
    }

    [Fact]
    public async Task FetchLocal_WrongDigestUnknownSourceAndDryRun_SayWhatIsWrongAndLeaveNoFile()
    {
        Assert.Equal(4, (await RunAsync("--sha256", new string('0', 64))).Exit);
        var unknown = await Cli.RunAsync(folder, null, "model", "fetch", "ftp", "x", "--name", "w", "--local", "out");
        Assert.Equal(2, unknown.Exit);
        Assert.Contains("filesystem, huggingface, ipfs", unknown.Progress, StringComparison.Ordinal);
        Assert.Equal(3, (await Cli.RunAsync(folder, null, "model", "fetch", "url", $"{origin.Address}/nothing.onnx", "--name", "w", "--local", "out")).Exit);
        var dry = await RunAsync("--dry-run");
        Assert.Equal((0, Size), (dry.Exit, (long?)dry.Json["variants"]![0]!["totalSize"]));
        Assert.False(File.Exists(Path.Combine(folder, "out", "weights.onnx")));
    }

    private Task<CliResult> RunAsync(params string[] more) => Cli.RunAsync(folder, null, ["model", "fetch", "url", Url, "--name", "w", "--local", "out", "-f", "json", .. more]);

    private async Task IsWholeAsync()
    {
        await using var file = File.OpenRead(Path.Combine(folder, "out", "weights.onnx"));
        Assert.Null(await content.FirstDifferenceAsync(file, Cancellation));
    }
}
