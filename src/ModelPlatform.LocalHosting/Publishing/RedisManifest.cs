using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Aspire.Hosting.ApplicationModel;

namespace ModelPlatform.LocalHosting.Publishing;

/// <summary>Redis as a container of the deployment: with a password, and a volume that keeps its snapshots.</summary>
internal static class RedisManifest
{
    private const string Image = "docker.io/library/redis:8.6";

    private static readonly string AppHost = Assembly.GetEntryAssembly()?.GetName().Name ?? "AppHost";

    public static JsonObject Describe(RedisResource redis)
    {
        var password = $"{redis.Name.Replace('-', '_').ToUpperInvariant()}_PASSWORD";
        var save = redis.SaveInterval is { } interval
            ? string.Create(CultureInfo.InvariantCulture, $" --save {interval.TotalSeconds:0} {redis.SaveKeysChanged}")
            : string.Empty;
        var description = new JsonObject
        {
            ["type"] = "container.v0",
            ["connectionString"] = $"{redis.ConnectionStringExpression.ValueExpression}{{{TlsName(redis)}.connectionString}}",
            ["image"] = Image,
            ["entrypoint"] = "/bin/sh",
            ["args"] = new JsonArray("-c", $"redis-server --requirepass ${password}{save}"),
        };
        if (redis.HasDataVolume)
        {
            description["volumes"] = new JsonArray(new JsonObject
            {
                ["name"] = redis.DataVolumeName ?? $"{AppHost.ToLowerInvariant()}-{Hash($"{AppHost}.csproj", 10)}-{redis.Name}-data",
                ["target"] = "/data",
                ["readOnly"] = redis.DataVolumeIsReadOnly,
            });
        }

        description["env"] = new JsonObject { [password] = redis.PasswordParameter!.ValueExpression };
        description["bindings"] = ManifestPublisher.Bindings(redis);
        return description;
    }

    /// <summary>The value that adds what TLS would need to the connection string: nothing here.</summary>
    public static string TlsName(RedisResource redis) =>
        $"cond-{redis.Name}-bindings-tcp-tlsenabled-{Hash($"{{{redis.Name}.bindings.tcp.tlsEnabled}}", 8)}";

    private static string Hash(string text, int length) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..length];
}
