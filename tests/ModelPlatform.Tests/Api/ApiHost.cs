using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ModelPlatform.Api.Access;
using ModelPlatform.Api.Errors;
using ModelPlatform.Api.OpenApi;
using ModelPlatform.Api.Routing;
using ModelPlatform.Api.Serving;

namespace ModelPlatform.Tests.Api;

/// <summary>The API's pipeline on Kestrel, with endpoints of the test's own.</summary>
internal sealed class ApiHost : IAsyncDisposable
{
    private readonly WebApplication app;

    private ApiHost(WebApplication app, LogLines log) => (this.app, Log) = (app, log);

    public LogLines Log { get; }

    public Uri Address { get; private set; } = null!;

    public HttpClient Client { get; private set; } = null!;

    /// <param name="map">Endpoints of the §2 group, which reads may be opened for.</param>
    /// <param name="settings">Settings such as <c>MODEL_FETCH_TOKEN</c>.</param>
    /// <param name="mapPrivate">Endpoints outside of any group.</param>
    /// <param name="services">What the endpoints need.</param>
    public static async Task<ApiHost> StartAsync(Action<IEndpointRouteBuilder> map, Dictionary<string, string?>? settings = null, Action<IEndpointRouteBuilder>? mapPrivate = null, Action<IServiceCollection>? services = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseUrls(settings?.GetValueOrDefault("urls") ?? "http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection(settings ?? []);
        var log = new LogLines();
        builder.Logging.ClearProviders().AddProvider(log).SetMinimumLevel(LogLevel.Trace);
        builder.AddErrors();
        builder.AddAccess();
        builder.AddPaths();
        builder.AddServedFiles();
        builder.AddOpenApiDocument();
        services?.Invoke(builder.Services);

        var app = builder.Build();
        app.UseErrors();
        app.UsePathsAsSent();
        app.UseAccess();
        app.MapOpenApiDocument();
        map(app.MapGroup(string.Empty).WithReadsFromAnyOrigin());
        mapPrivate?.Invoke(app);
        await app.StartAsync(TestContext.Current.CancellationToken);
        var address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return new ApiHost(app, log) { Address = address, Client = new HttpClient { BaseAddress = address } };
    }

    /// <summary>Sends a request exactly as written and reads the answer to its end: clients normalise what these tests are about.</summary>
    public async Task<RawAnswer> SendRawAsync(string requestLine, params string[] headers)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, Address.Port, TestContext.Current.CancellationToken);
        await using var stream = socket.GetStream();
        var host = headers.Any(header => header.StartsWith("Host:", StringComparison.OrdinalIgnoreCase)) ? string.Empty : $"Host: {Address.Authority}\r\n";
        var request = $"{requestLine} HTTP/1.1\r\n{host}Connection: close\r\n{string.Concat(headers.Select(header => header + "\r\n"))}\r\n";
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request), TestContext.Current.CancellationToken);
        using var received = new MemoryStream();
        await stream.CopyToAsync(received, TestContext.Current.CancellationToken);
        return RawAnswer.Parse(received.ToArray());
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await app.DisposeAsync();
    }

    internal sealed class LogLines : ILoggerProvider
    {
        private readonly List<string> lines = [];

        public IReadOnlyList<string> All
        {
            get
            {
                lock (lines)
                {
                    return [.. lines];
                }
            }
        }

        public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

        public void Dispose()
        {
        }

        private sealed class Logger(LogLines owner, string category) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            {
                lock (owner.lines)
                {
                    owner.lines.Add($"{category}: {formatter(state, exception)} {exception}");
                }
            }
        }
    }
}

/// <summary>An answer as it came over the wire.</summary>
internal sealed record RawAnswer(int Status, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public static RawAnswer Parse(byte[] bytes)
    {
        var end = bytes.AsSpan().IndexOf("\r\n\r\n"u8);
        var lines = Encoding.Latin1.GetString(bytes, 0, end).Split("\r\n");
        var headers = lines.Skip(1).Select(line => line.Split(':', 2)).GroupBy(pair => pair[0], StringComparer.OrdinalIgnoreCase)
            .ToDictionary(group => group.Key, group => string.Join(", ", group.Select(pair => pair[1].Trim())), StringComparer.OrdinalIgnoreCase);
        return new RawAnswer(int.Parse(lines[0].Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture), headers, bytes[(end + 4)..]);
    }
}
