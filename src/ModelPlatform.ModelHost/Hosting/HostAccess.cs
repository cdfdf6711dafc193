using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace ModelPlatform.ModelHost.Hosting;

/// <summary>Only the API speaks to this process: with the token where there is one, else from this machine under a loopback name.</summary>
internal sealed class HostAccess(RequestDelegate next, IConfiguration configuration)
{
    private readonly byte[]? secret = configuration["MODEL_FETCH_TOKEN"] is { Length: > 0 } token ? SHA256.HashData(Encoding.UTF8.GetBytes(token)) : null;
    private readonly bool isOpen = configuration["MODEL_FETCH_ALLOW_ANONYMOUS"] is { } text && (text == "1" || string.Equals(text, "true", StringComparison.OrdinalIgnoreCase));

    public Task InvokeAsync(HttpContext context)
    {
        if (context.Request.Path.Value is "/health" or "/alive" || IsAllowed(context))
        {
            return next(context);
        }

        context.Response.StatusCode = secret is null ? StatusCodes.Status403Forbidden : StatusCodes.Status401Unauthorized;
        return Task.CompletedTask;
    }

    private bool IsAllowed(HttpContext context) => secret is not null
        ? CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(context.Request.Headers["X-Model-Fetch-Token"].ToString())), secret)
        : isOpen || (context.Request.Host.Host is "localhost" or "127.0.0.1" or "[::1]" && IsLoopback(context.Connection.RemoteIpAddress) && context.Request.Headers.Origin.Count == 0);

    private static bool IsLoopback(IPAddress? address) => address is null || IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);
}
