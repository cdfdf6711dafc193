using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ModelPlatform.Api.Access;

/// <summary>Token, Host, CORS: who may use the API. See the README of this folder.</summary>
internal static class AccessRegistration
{
    public static void AddAccess(this WebApplicationBuilder builder)
    {
        var options = AccessOptions.Read(builder.Configuration);
        builder.Services.AddSingleton(options);
        builder.Services.AddCors(cors => cors.AddPolicy(ReadAccess.AnyOrigin, ReadAccess.DescribeAnyOrigin));
        // Some images switch forwarded headers on by an environment variable; here nobody's claim about its own address counts.
        builder.Services.PostConfigure<ForwardedHeadersOptions>(forwarded => forwarded.ForwardedHeaders = ForwardedHeaders.None);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(endpoint => RefuseOpenBinding(options, endpoint)));
        HideTokens(builder.Services);
    }

    public static void UseAccess(this WebApplication app)
    {
        app.UseCors();
        app.UseMiddleware<AccessMiddleware>();
    }

    private static void RefuseOpenBinding(AccessOptions options, ListenOptions endpoint)
    {
        if (options.LoopbackOnly && endpoint.EndPoint is IPEndPoint { Address: var address } && !IPAddress.IsLoopback(address))
        {
            throw new InvalidOperationException(
                $"Refusing to listen on {endpoint.EndPoint}: without MODEL_FETCH_TOKEN anybody who reaches it could use the API. Set a token, bind a loopback address, or set MODEL_FETCH_ALLOW_ANONYMOUS=true.");
        }
    }

    private static void HideTokens(IServiceCollection services)
    {
        var server = services.Last(service => service.ServiceType == typeof(IServer));
        services.Remove(server);
        services.AddSingleton<IServer>(provider => new TokenHidingServer((IServer)ActivatorUtilities.CreateInstance(provider, server.ImplementationType!)));
    }
}
