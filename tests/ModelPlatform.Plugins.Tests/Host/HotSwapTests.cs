using System.Diagnostics;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.Tests.Host;

/// <summary>Ten downloads run through a plugin while its directory is replaced in every way people do it.</summary>
[Collection(nameof(AloneInTheProcess))]
public sealed class HotSwapTests
{
    private const int Downloads = 10;
    private const int Size = 1 << 20;
    private static readonly CompiledPlugin First = new("Acme", "1.0.0");
    private static readonly CompiledPlugin Second = new("Acme", "1.1.0");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<string> Ways => ["overwritten in place", "atomic rename", "deleted and copied anew", "higher version dropped beside"];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Swap_TenDownloadsRunning_NoneFailsAndTheOldOneLeavesMemory(string way)
    {
        var isBeside = way.StartsWith("higher", StringComparison.Ordinal);
        await using var host = await RunningHost.StartAsync((builtIn, thirdParty) => First.WriteTo(Path.Combine(isBeside ? builtIn : thirdParty, "Acme")));
        var directory = Path.Combine(host.ThirdParty, "Acme");
        Second.WriteTo(Path.Combine(host.Staging, "Acme"));
        var downloads = StartDownloads(host);

        var started = TimeProvider.System.GetTimestamp();
        switch (way)
        {
            case "overwritten in place":
                foreach (var file in Directory.EnumerateFiles(Path.Combine(host.Staging, "Acme")))
                {
                    File.Copy(file, Path.Combine(directory, Path.GetFileName(file)), overwrite: true);
                }

                break;
            case "atomic rename":
                Directory.Move(directory, Path.Combine(host.ThirdParty, ".Acme-old"));
                Directory.Move(Path.Combine(host.Staging, "Acme"), directory);
                break;
            case "deleted and copied anew":
                Directory.Delete(directory, recursive: true);
                await Task.Delay(100, Stop);
                Second.WriteTo(directory);
                break;
            default:
                Directory.Move(Path.Combine(host.Staging, "Acme"), directory);
                break;
        }

        await host.UntilAsync("Acme", "1.1.0", PluginState.Active);
        var swapped = TimeProvider.System.GetElapsedTime(started);
        Assert.Equal("1.1.0", (await host.InspectAsync("test")).Value.Revision);
        Assert.Contains(host.Plugins.List(), status => status is { Version: "1.0.0", State: PluginState.Draining, Operations: > 0 });

        Assert.All(await Task.WhenAll(downloads), version => Assert.Equal("1.0.0", version));
        var ended = TimeProvider.System.GetTimestamp();
        await host.UntilAsync(list => !list.Any(status => status.State == PluginState.Draining));
        var collected = TimeProvider.System.GetElapsedTime(ended);
        TestContext.Current.TestOutputHelper?.WriteLine($"{way}: swapped {swapped.TotalMilliseconds:0} ms after the change, the old one left memory {collected.TotalMilliseconds:0} ms after its last download");
    }

    [Theory]
    [InlineData("garbage assembly")]
    [InlineData("garbage manifest")]
    [InlineData("plugin that throws on loading")]
    public async Task Garbage_TenDownloadsRunning_OldOneGoesOnAndTheReasonIsShown(string what)
    {
        await using var host = await RunningHost.StartAsync((_, thirdParty) => First.WriteTo(Path.Combine(thirdParty, "Acme")));
        var directory = Path.Combine(host.ThirdParty, "Acme");
        var downloads = StartDownloads(host);
        if (what == "garbage assembly")
        {
            await File.WriteAllTextAsync(Path.Combine(directory, "Acme.dll"), "garbage", Stop);
        }
        else if (what == "garbage manifest")
        {
            await File.WriteAllTextAsync(Path.Combine(directory, "plugin.json"), "garbage", Stop);
        }
        else
        {
            (Second with { Constructor = "throw new InvalidOperationException(\"not today\");" }).WriteTo(directory);
        }

        var list = await host.UntilAsync(list => list.Any(status => status.State == PluginState.Malfunctioned));
        Assert.Contains("goes on as it was", list.Single(status => status.State == PluginState.Malfunctioned).Reason);
        Assert.Equal("1.0.0", (await host.InspectAsync("test")).Value.Revision);
        Assert.All(await Task.WhenAll(downloads), version => Assert.Equal("1.0.0", version));

        Second.WriteTo(directory);
        await host.UntilAsync("Acme", "1.1.0", PluginState.Active);
    }

    [Fact]
    public async Task Delete_TenDownloadsRunning_TheyEndAndTheSourceIsGone()
    {
        await using var host = await RunningHost.StartAsync((_, thirdParty) => First.WriteTo(Path.Combine(thirdParty, "Acme")));
        var downloads = StartDownloads(host);
        Directory.Delete(Path.Combine(host.ThirdParty, "Acme"), recursive: true);
        await host.UntilAsync(list => list.All(status => status.State == PluginState.Draining));
        Assert.False(host.Catalog.TryAcquire("test", out _));
        Assert.All(await Task.WhenAll(downloads), version => Assert.Equal("1.0.0", version));
        await host.UntilAsync(list => list.Count == 0);
    }

    [Fact]
    public async Task Swap_ManyTimes_MemoryAndHandlesStayBounded()
    {
        const int swaps = 100;
        await using var host = await RunningHost.StartAsync((_, thirdParty) => First.WriteTo(Path.Combine(thirdParty, "Acme")));
        await SwapAsync(host, 10);
        var before = Measure();
        await SwapAsync(host, swaps);
        await host.UntilAsync(list => !list.Any(status => status.State == PluginState.Draining));
        var after = Measure();
        TestContext.Current.TestOutputHelper?.WriteLine($"{swaps} swaps: managed {before.Managed / 1024} KiB, then {after.Managed / 1024} KiB; private {before.Private / 1048576} MiB, then {after.Private / 1048576} MiB; handles {before.Handles}, then {after.Handles}");
        Assert.InRange(after.Managed, 0, before.Managed + (8 * 1024 * 1024));
        Assert.InRange(after.Handles, 0, before.Handles + 20);
    }

    private static async Task SwapAsync(RunningHost host, int times)
    {
        for (var i = 0; i < times; i++)
        {
            Assert.True(await host.Plugins.ReloadAsync("Acme", Stop));
            Assert.True((await host.InspectAsync("test")).IsSuccess);
        }
    }

    private static (long Managed, long Private, int Handles) Measure()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using var process = Process.GetCurrentProcess();
        return (GC.GetTotalMemory(forceFullCollection: true), process.PrivateMemorySize64, OperatingSystem.IsLinux() ? Directory.GetFileSystemEntries("/proc/self/fd").Length : process.HandleCount);
    }

    /// <summary>Starts the downloads; each gives the version it ran on, once every byte is right.</summary>
    private static List<Task<string>> StartDownloads(RunningHost host)
    {
        var downloads = new List<Task<string>>();
        for (var i = 0; i < Downloads; i++)
        {
            Assert.True(host.Catalog.TryAcquire("test", out var lease));
            downloads.Add(DownloadAsync(lease));
        }

        return downloads;
    }

    private static async Task<string> DownloadAsync(SourceLease lease)
    {
        using (lease)
        {
            var file = (await lease.Source.InspectAsync(new SourceReference("x"), Stop)).Value.Variants[0].Files[0];
            await using var content = (await lease.Source.OpenAsync(file, default, Stop)).Value;
            var buffer = new byte[8192];
            long position = 0;
            for (int read; (read = await content.Body.ReadAsync(buffer, Stop)) > 0; position += read)
            {
                for (var i = 0; i < read; i++)
                {
                    Assert.Equal((byte)((position + i) % 251), buffer[i]);
                }

                // Slow enough that the swap happens in the middle.
                await Task.Delay(10, Stop);
            }

            Assert.Equal(Size, position);
            return lease.PluginVersion;
        }
    }
}
