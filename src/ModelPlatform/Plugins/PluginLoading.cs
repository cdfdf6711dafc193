using System.Collections.Frozen;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using McMaster.NETCore.Plugins;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using ModelPlatform.Runtimes;
using ModelPlatform.Sources;
using ModelPlatform.Sources.Runtimes;

namespace ModelPlatform.Plugins;

/// <summary>Turns a candidate into a loaded plugin, or says why that cannot be.</summary>
internal sealed partial class PluginLoading(
    PluginShadow shadow, IConfiguration configuration, IEnumerable<IPluginSettings> stores, SourceHttp http, ReadAheadPool ahead, TimeProvider time, ILoggerFactory loggers, PluginLimits limits, PluginUses uses)
{
    /// <summary>Copies, loads, creates the sources and asks each for its health.</summary>
    public async Task<(LoadedPlugin? Plugin, PluginFault? Fault)> LoadAsync(PluginCandidate candidate)
    {
        if (candidate.Manifest is not { } manifest)
        {
            return (null, new PluginFault(PluginState.Malfunctioned, candidate.Fault ?? $"{PluginManifest.FileName} cannot be read"));
        }

        if (manifest.FindIncompatibility() is { } reason)
        {
            return (null, new PluginFault(PluginState.Incompatible, reason));
        }

        var (settings, fault) = await ReadSettingsAsync(manifest.Id);
        if (settings is null)
        {
            return (null, fault);
        }

        (var copy, fault) = Copy(candidate, manifest);
        if (copy is null)
        {
            return (null, fault);
        }

        var loading = Task.Run(() => Load(candidate, manifest, copy, settings));
        try
        {
            var (plugin, failure) = await loading.WaitAsync(limits.Load, time);
            if (plugin is null)
            {
                PluginShadow.Delete(copy);
                return (null, failure);
            }

            plugin.Note = await CheckAsync(plugin);
            return (plugin, null);
        }
        catch (TimeoutException)
        {
            _ = loading.ContinueWith(late => late.IsCompletedSuccessfully ? Discard(late) : Task.CompletedTask, TaskScheduler.Default);
            return (null, new PluginFault(PluginState.Malfunctioned, $"loading it took longer than {limits.Load.TotalSeconds:0.#} s"));
        }
    }

    private async Task<(IReadOnlyDictionary<string, string>? Settings, PluginFault? Fault)> ReadSettingsAsync(string id)
    {
        var settings = configuration.GetSection($"Sources:{id}").AsEnumerable(makePathsRelative: true)
            .Where(pair => pair.Value is not null && pair.Key.Length > 0)
            .ToDictionary(pair => pair.Key, pair => pair.Value!, StringComparer.OrdinalIgnoreCase);
        using var deadline = new CancellationTokenSource(limits.Load, time);
        try
        {
            foreach (var store in stores)
            {
                foreach (var (key, value) in await store.ReadAsync(id, deadline.Token))
                {
                    settings[key] = value;
                }
            }

            return (settings.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase), null);
        }
        catch (Exception exception)
        {
            return (null, new PluginFault(PluginState.Malfunctioned, $"its settings cannot be read: {exception.Message}", IsPassing: true));
        }
    }

    private (string? Copy, PluginFault? Fault) Copy(PluginCandidate candidate, PluginManifest manifest)
    {
        try
        {
            var copy = shadow.Copy(candidate.Directory, manifest);
            var missing = manifest.Assemblies.FirstOrDefault(assembly => !File.Exists(Path.Combine(copy, assembly)));
            var fault = PluginDirectories.TakeFingerprint(candidate.Directory) != candidate.Fingerprint
                ? new PluginFault(PluginState.Malfunctioned, "its files are still changing", IsPassing: true)
                : missing is not null ? new PluginFault(PluginState.Malfunctioned, $"{PluginManifest.FileName} names the assembly {missing}, which is not there")
                : null;
            if (fault is null)
            {
                return (copy, null);
            }

            PluginShadow.Delete(copy);
            return (null, fault);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return (null, new PluginFault(PluginState.Malfunctioned, $"its files cannot be copied: {exception.Message}", IsPassing: true));
        }
    }

    // Not inlined, so that nothing of the plugin stays on the stack of whoever asked.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private (LoadedPlugin? Plugin, PluginFault? Fault) Load(PluginCandidate candidate, PluginManifest manifest, string copy, IReadOnlyDictionary<string, string> settings)
    {
        PluginLoader? loader = null;
        try
        {
            loader = PluginLoader.CreateFromAssemblyFile(Path.Combine(copy, manifest.EntryAssembly), config =>
            {
                config.IsUnloadable = true;
                config.PreferSharedTypes = false;
                config.SharedAssemblies.Add(typeof(ISourcePlugin).Assembly.GetName());
            });
            var entries = loader.LoadDefaultAssembly().GetTypes()
                .Where(type => type is { IsClass: true, IsAbstract: false, IsPublic: true } && (type.IsAssignableTo(typeof(ISourcePlugin)) || type.IsAssignableTo(typeof(IRuntimePlugin)))).ToArray();
            var entry = entries.Length != 1
                ? throw Malfunction($"{manifest.EntryAssembly} must have exactly one public class that implements {nameof(ISourcePlugin)} or {nameof(IRuntimePlugin)}; it has {entries.Length}")
                : Activator.CreateInstance(entries[0])!;
            var context = new HostSourceContext(settings, configuration, http, ahead, time, loggers.CreateLogger($"ModelPlatform.Plugins.{manifest.Id}"));
            var sources = (entry as ISourcePlugin)?.CreateSources(context);
            var runtimes = uses.Runtimes ? (entry as IRuntimePlugin)?.CreateRuntimes(context) : null;
            var found = (entry is ISourcePlugin ? FindFault("source", sources) : null) ?? (uses.Runtimes && entry is IRuntimePlugin ? FindFault("runtime", runtimes) : null);
            if (found is { } fault)
            {
                throw Malfunction(fault);
            }

            var conduct = new PluginConduct(time, what => LogMisconduct(loggers.CreateLogger<PluginLoading>(), manifest.Id, manifest.Version, what));
            var calls = new IsolatedCall(manifest.Id, conduct, limits, time);
            StrayExceptions.Watch(loader.LoadContext, conduct);
            return (new LoadedPlugin(
                candidate, manifest, copy, loader,
                (sources ?? FrozenDictionary<string, ISource>.Empty).ToFrozenDictionary(pair => pair.Key, pair => new IsolatedSource(pair.Key, pair.Value, calls, limits, time), StringComparer.Ordinal),
                (runtimes ?? FrozenDictionary<string, IModelRuntime>.Empty).ToFrozenDictionary(pair => pair.Key, pair => new IsolatedRuntime(pair.Key, pair.Value, calls, limits), StringComparer.Ordinal),
                conduct) { Unloaded = context.ReleaseAll }, null);
        }
        catch (Exception exception)
        {
            loader?.Dispose();
            return (null, new PluginFault(PluginState.Malfunctioned, Describe(exception)));
        }
    }

    private async Task<string?> CheckAsync(LoadedPlugin plugin)
    {
        var answers = await Task.WhenAll(plugin.Sources.Values.Select(source => source.CheckHealthAsync(limits.FirstHealth, CancellationToken.None).AsTask()));
        return answers.FirstOrDefault(health => !health.IsHealthy).Reason;
    }

    private async Task Discard(Task<(LoadedPlugin? Plugin, PluginFault? Fault)> late)
    {
        if ((await late).Plugin is { } plugin)
        {
            await plugin.CloseAsync();
            await plugin.UnloadAsync(time);
        }
    }

    private static string? FindFault<T>(string what, IReadOnlyDictionary<string, T>? provided)
        where T : class =>
        provided is null || provided.Count == 0 ? $"it provides no {what}"
        : provided.FirstOrDefault(pair => !SourceName().IsMatch(pair.Key)) is { Key: { } name } ? $"the {what} name {name} is not lower-case letters, digits and dashes"
        : provided.Any(pair => pair.Value is null) ? $"one of its {what}s is null"
        : null;

    private static PlatformException Malfunction(string what) => new(new PlatformError(ErrorCode.InternalError, what));

    private static string Describe(Exception exception) => exception switch
    {
        PlatformException { Error.Message: var message } => message,
        TargetInvocationException { InnerException: { } inner } => $"its constructor {IsolatedCall.Describe(inner)}",
        ReflectionTypeLoadException types => $"its types cannot be loaded: {string.Join("; ", types.LoaderExceptions.OfType<Exception>().Select(inner => inner.Message).Distinct().Take(3))}",
        BadImageFormatException => "its entry assembly is not a .NET assembly",
        _ => $"loading it {IsolatedCall.Describe(exception)}",
    };

    [GeneratedRegex(@"^[a-z][a-z0-9-]{0,31}\z")]
    private static partial Regex SourceName();

    [LoggerMessage(5021, LogLevel.Error, "The plugin {Plugin} {Version} malfunctioned: {What}")]
    private static partial void LogMisconduct(ILogger logger, string plugin, string version, string what);
}
