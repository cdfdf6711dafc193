using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.Tests.Host;

/// <summary>The real plugin host over two temporary directories.</summary>
internal sealed class RunningHost : IAsyncDisposable
{
    private readonly string root;
    private readonly IHost host;

    private RunningHost(string root, IHost host)
    {
        (this.root, this.host) = (root, host);
        Catalog = host.Services.GetRequiredService<ISourceCatalog>();
        Plugins = host.Services.GetRequiredService<PluginHost>();
        Host = host.Services.GetRequiredService<IPluginHost>();
    }

    public ISourceCatalog Catalog { get; }

    public PluginHost Plugins { get; }

    /// <summary>As the rest of the platform sees it: over Redis where there is one.</summary>
    public IPluginHost Host { get; }

    public IServiceProvider Services => host.Services;

    public string BuiltIn => Path.Combine(root, "builtin");

    public string ThirdParty => Path.Combine(root, "plugins");

    public string Staging => Path.Combine(root, "staging");

    public static async Task<RunningHost> StartAsync(Action<string, string>? prepare = null, PluginLimits? limits = null, Action<IHostApplicationBuilder>? configure = null)
    {
        var root = Directory.CreateTempSubdirectory("mp-plugins-test-").FullName;
        foreach (var name in new[] { "builtin", "plugins", "staging" })
        {
            Directory.CreateDirectory(Path.Combine(root, name));
        }

        prepare?.Invoke(Path.Combine(root, "builtin"), Path.Combine(root, "plugins"));
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "test", DisableDefaults = true });
        builder.Logging.ClearProviders();
        builder.Configuration["MODELPLATFORM_DATA"] = root;
        configure?.Invoke(builder);
        builder.AddPlugins();
        builder.Services.Replace(ServiceDescriptor.Singleton(new PluginDirectories(Path.Combine(root, "builtin"), Path.Combine(root, "plugins"))));
        builder.Services.Replace(ServiceDescriptor.Singleton(limits ?? new PluginLimits()));
        var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        return new RunningHost(root, host);
    }

    /// <summary>Waits until the list of plugins looks as wanted. Fails the test if it does not in half a minute.</summary>
    public async Task<IReadOnlyList<PluginStatus>> UntilAsync(Func<IReadOnlyList<PluginStatus>, bool> condition, TimeSpan? atMost = null)
    {
        var time = TimeProvider.System;
        for (var started = time.GetTimestamp(); ; await Task.Delay(20, TestContext.Current.CancellationToken))
        {
            var list = Plugins.List();
            if (condition(list))
            {
                return list;
            }

            if (time.GetElapsedTime(started) > (atMost ?? TimeSpan.FromSeconds(30)))
            {
                Assert.Fail("The plugins never came to the state waited for: " + string.Join("; ", list));
            }
        }
    }

    public Task<IReadOnlyList<PluginStatus>> UntilAsync(string id, string version, PluginState state) =>
        UntilAsync(list => list.Any(status => status.Id == id && status.Version == version && status.State == state));

    public async Task<Result<SourceInspection>> InspectAsync(string source, string reference = "x")
    {
        Assert.True(Catalog.TryAcquire(source, out var lease), $"No source {source}");
        using (lease)
        {
            return await lease.Source.InspectAsync(new SourceReference(reference), TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync(CancellationToken.None);
        host.Dispose();
        Directory.Delete(root, recursive: true);
    }
}
