using System.Net;
using System.Net.Sockets;
using ModelPlatform.FunctionalTests.Platform;

namespace ModelPlatform.FunctionalTests.Hosting;

/// <summary>F33: a wrong configuration ends the start with exit code ≠ 0 and one clear line.</summary>
public sealed class StartFailureTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("ConnectionStrings__redis", "127.0.0.1:1,foo=bar", "ConnectionStrings:redis")]
    [InlineData("ConnectionStrings__blobs", "nonsense", "ConnectionStrings:blobs")]
    public async Task ConnectionString_Malformed_EndsInOneLine(string name, string value, string told)
    {
        await using var platform = RunningPlatform.Create(new PlatformOptions { Environment = new Dictionary<string, string> { [name] = value } });

        var error = await platform.RunToEndAsync(Token);

        AssertOneLine(platform, error, told);
    }

    [Theory]
    [InlineData("--api-port")]
    [InlineData("--dashboard-port")]
    public async Task Port_InUse_EndsInOneLine(string option)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        await using var platform = RunningPlatform.Create(new PlatformOptions { Arguments = [option, $"{port}"] });

        var error = await platform.RunToEndAsync(Token);

        AssertOneLine(platform, error, $"port {port}");
    }

    [Theory]
    [InlineData("--store", "tape", "--store")]
    [InlineData("--redis", "memcached", "--redis")]
    [InlineData("--api-port", "0", "--api-port")]
    [InlineData("--no-such-option", "1", "--no-such-option")]
    public async Task Option_Wrong_EndsInOneLine(string name, string value, string told)
    {
        await using var platform = RunningPlatform.Create(new PlatformOptions { Arguments = [name, value] });

        var error = await platform.RunToEndAsync(Token);

        AssertOneLine(platform, error, told);
    }

    [Fact]
    public async Task DataDirectory_OfARunningCopy_EndsInOneLine()
    {
        await using var first = await RunningPlatform.StartAsync(new PlatformOptions { Arguments = ["--store", "filesystem"] }, Token);
        await using var second = RunningPlatform.Create(new PlatformOptions { Arguments = ["--store", "filesystem", "--data", first.Data] });

        var error = await second.RunToEndAsync(Token);

        AssertOneLine(second, error, "another copy");
    }

    [Fact]
    public async Task DataDirectory_ThatIsAFile_EndsInOneLine()
    {
        var file = Path.GetTempFileName();
        await using var platform = RunningPlatform.Create(new PlatformOptions { Arguments = ["--data", file] });

        var error = await platform.RunToEndAsync(Token);

        File.Delete(file);
        AssertOneLine(platform, error, "data directory");
    }

    private static void AssertOneLine(RunningPlatform platform, string error, string told)
    {
        Assert.True(platform.ExitCode != 0, platform.Log);
        Assert.StartsWith("ModelPlatform: ", error);
        Assert.DoesNotContain('\n', error);
        Assert.Contains(told, error);
    }
}
