using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace ModelPlatform.Plugins.Tests.Outbound;

/// <summary>Answers with files as a good server does: ranges, a strong ETag that is the SHA-256, 404 for the rest.</summary>
internal static class FileAnswer
{
    public static RequestDelegate Of(Dictionary<string, byte[]> files) => context =>
        files.TryGetValue(context.Request.Path, out var bytes) ? SendAsync(context, bytes) : NotFound(context);

    public static Task NotFound(HttpContext context)
    {
        context.Response.StatusCode = 404;
        return Task.CompletedTask;
    }

    public static Task SendAsync(HttpContext context, byte[] bytes) => Results.Bytes(bytes, "application/octet-stream", enableRangeProcessing: true,
        entityTag: new Microsoft.Net.Http.Headers.EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))}\"")).ExecuteAsync(context);
}
