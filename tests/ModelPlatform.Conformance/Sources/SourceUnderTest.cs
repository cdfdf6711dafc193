using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using ModelPlatform.Plugins.Outbound;
using ModelPlatform.Sources;

namespace ModelPlatform.Conformance.Sources;

/// <summary>A plugin, the source of it that is tested, and a reference that source holds.</summary>
/// <param name="Plugin">The entry point.</param>
/// <param name="Source">The source's name, for example <c>acme</c>.</param>
/// <param name="Reference">A model it holds, best a small one.</param>
public sealed record SourceUnderTest(ISourcePlugin Plugin, string Source, string Reference)
{
    /// <summary>The plugin's settings, as they stand below <c>Sources:{Id}</c>.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Environment variables and top-level settings.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Origins on this machine that callers' URLs may lead to: <c>Fetch:AllowedOrigins</c>.</summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    /// <summary>References the source should not find or refuse, besides those every source must.</summary>
    public IReadOnlyList<string> BadReferences { get; init; } = [];

    /// <summary>A new instance of the source, over the host's own outgoing HTTP.</summary>
    internal ISource Create()
    {
        var options = new OutboundOptions();
        foreach (var origin in AllowedOrigins)
        {
            options.AllowedOrigins.Add(origin);
        }

        var http = new OutboundHttp(Options.Create(options), new ProcessHostWaits(TimeProvider.System), TimeProvider.System, NullLogger<OutboundHttp>.Instance);
        var sources = Plugin.CreateSources(new Context(this, http));
        Assert.True(sources.TryGetValue(Source, out var source), $"The plugin provides {string.Join(", ", sources.Keys)}, not {Source}.");
        return source;
    }

    private sealed class Context(SourceUnderTest test, SourceHttp http) : SourceContext
    {
        public override IReadOnlyDictionary<string, string> Settings { get; } = new Dictionary<string, string>(test.Settings, StringComparer.OrdinalIgnoreCase);

        public override SourceHttp Http => http;

        public override TimeProvider Time => TimeProvider.System;

        public override string? GetEnvironment(string name) => test.Environment.GetValueOrDefault(name);

        public override void Log(SourceLogLevel level, string message, Exception? exception = null) => TestContext.Current.TestOutputHelper?.WriteLine($"{level}: {message} {exception}");
    }
}
