using Microsoft.Extensions.DependencyInjection;
using ModelPlatform.Plugins.Tests.HuggingFace;
using ModelPlatform.Plugins.Tests.Peer;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.Tests.Host;

/// <summary>Settings that change while the platform runs: the sites of the Peer plugin.</summary>
public sealed class PluginSettingsTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Reload_SiteAdded_ItsModelsCanBeFetched()
    {
        await using var site = await FakeSite.StartAsync("tiny", new() { ["model.onnx"] = FakeRepository.Bytes(1000, 1) });
        var settings = new Changing();
        await using var host = await RunningHost.StartAsync((builtIn, _) => BuiltPlugin.CopyTo(builtIn, "Peer"), configure: builder => builder.Services.AddSingleton<IPluginSettings>(settings));
        Assert.Contains("No site is configured", (await host.InspectAsync("peer", "north/tiny")).Error!.Message);

        settings.Values = new() { ["Sites:1000:Name"] = "north", ["Sites:1000:Url"] = site.Url };
        Assert.True(await host.Host.ReloadAsync("Peer", Stop));

        Assert.Equal("model.onnx", (await host.InspectAsync("peer", "north/tiny")).Value.Variants[0].Files[0].Path);
        settings.Values = [];
        await host.Host.ReloadAsync("Peer", Stop);
        Assert.Equal(ErrorCode.InvalidRequest, (await host.InspectAsync("peer", "north/tiny")).Error?.Code);
    }

    [Fact]
    public async Task Reload_SettingsCannotBeRead_TheOldPluginGoesOnAndSaysWhy()
    {
        var settings = new Changing();
        await using var host = await RunningHost.StartAsync((builtIn, _) => BuiltPlugin.CopyTo(builtIn, "Peer"), configure: builder => builder.Services.AddSingleton<IPluginSettings>(settings));
        settings.Failure = new TimeoutException("the store of the sites is away");
        await host.Host.ReloadAsync("Peer", Stop);
        Assert.Contains(host.Plugins.List(), status => status.State == PluginState.Active);
        Assert.Contains(host.Plugins.List(), status => status.Reason?.Contains("the store of the sites is away", StringComparison.Ordinal) == true);
        Assert.Equal(["peer"], host.Catalog.Names);

        settings.Failure = null;
        await host.Host.ReloadAsync("Peer", Stop);
        Assert.Equal(PluginState.Active, Assert.Single(host.Plugins.List(), status => status.State != PluginState.Draining).State);
    }

    private sealed class Changing : IPluginSettings
    {
        public Dictionary<string, string> Values { get; set; } = [];

        public Exception? Failure { get; set; }

        public ValueTask<IReadOnlyDictionary<string, string>> ReadAsync(string pluginId, CancellationToken cancellationToken) =>
            Failure is not null ? throw Failure : new(pluginId == "Peer" ? Values : []);
    }
}
