using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ModelPlatform.Plugins.Tests.Outbound;

/// <summary>A real web server on a free port whose answers a test writes.</summary>
public sealed class TestOrigin : IAsyncDisposable
{
    private readonly WebApplication app;

    private TestOrigin(WebApplication app) => this.app = app;

    public Uri Uri { get; private init; } = null!;

    /// <summary>Origin as configured in <c>Fetch:AllowedOrigins</c>.</summary>
    public string Origin => Uri.GetLeftPart(UriPartial.Authority);

    public Uri At(string path) => new(Uri, path);

    public static async Task<TestOrigin> StartAsync(RequestDelegate answer, X509Certificate2? certificate = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            if (certificate is not null)
            {
                listen.UseHttps(certificate);
            }
        }));
        var app = builder.Build();
        app.Run(answer);
        await app.StartAsync();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new TestOrigin(app) { Uri = new Uri(address) };
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await app.StopAsync(now.Token);
        await app.DisposeAsync();
    }
}
