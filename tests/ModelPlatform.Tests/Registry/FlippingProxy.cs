using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ModelPlatform.Tests.Registry;

/// <summary>Passes everything on but flips one bit of every artifact: a mirror that lies.</summary>
internal sealed class FlippingProxy : IAsyncDisposable
{
    private readonly WebApplication app;

    private FlippingProxy(WebApplication app) => this.app = app;

    public required Uri Address { get; init; }

    public static async Task<FlippingProxy> StartAsync(Uri target, int flipAt)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var client = new HttpClient { BaseAddress = target };
        app.Run(async context =>
        {
            using var response = await client.GetAsync($"{context.Request.Path}{context.Request.QueryString}", context.RequestAborted);
            var body = await response.Content.ReadAsByteArrayAsync(context.RequestAborted);
            if (context.Request.Path.Value!.Contains("/artifacts/", StringComparison.Ordinal))
            {
                body[flipAt] ^= 1;
            }
            else
            {
                var text = System.Text.Encoding.UTF8.GetString(body).Replace(target.ToString(), $"{context.Request.Scheme}://{context.Request.Host}/", StringComparison.Ordinal);
                body = System.Text.Encoding.UTF8.GetBytes(text);
            }

            context.Response.StatusCode = (int)response.StatusCode;
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
        });
        await app.StartAsync(CancellationToken.None);
        return new FlippingProxy(app) { Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()) };
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();
}
