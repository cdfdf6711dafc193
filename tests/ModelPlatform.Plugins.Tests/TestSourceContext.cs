using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using ModelPlatform.Plugins.Outbound;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.Tests;

/// <summary>What the host gives to a plugin, with the host's own outgoing HTTP in it.</summary>
internal sealed class TestSourceContext : SourceContext, IDisposable
{
    private readonly Dictionary<string, string> settings = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> environment = new(StringComparer.Ordinal);
    private readonly OutboundHttp http;

    public TestSourceContext(IEnumerable<string>? allowedOrigins = null, TimeProvider? time = null)
    {
        Time = time ?? TimeProvider.System;
        var options = new OutboundOptions();
        foreach (var origin in allowedOrigins ?? [])
        {
            options.AllowedOrigins.Add(origin);
        }

        http = new OutboundHttp(options, new ProcessHostWaits(Time), Time, NullLogger<OutboundHttp>.Instance, Dns.GetHostAddressesAsync);
    }

    public ConcurrentQueue<string> Logged { get; } = [];

    public override IReadOnlyDictionary<string, string> Settings => settings;

    public override SourceHttp Http => http;

    public override TimeProvider Time { get; }

    public TestSourceContext With(string key, string value)
    {
        settings[key] = value;
        return this;
    }

    public TestSourceContext WithEnvironment(string name, string value)
    {
        environment[name] = value;
        return this;
    }

    public override string? GetEnvironment(string name) => environment.GetValueOrDefault(name);

    public override void Log(SourceLogLevel level, string message, Exception? exception = null) => Logged.Enqueue($"{level}: {message} {exception}");

    public void Dispose() => http.Dispose();
}
