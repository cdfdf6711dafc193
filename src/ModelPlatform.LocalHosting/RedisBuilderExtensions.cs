using System.Security.Cryptography;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Redis in the graph. Here it is Garnet, or <c>redis-server</c> where <c>LocalHosting:Redis</c> says so.</summary>
public static class RedisBuilderExtensions
{
    /// <summary>Adds a Redis server with a password of its own.</summary>
    public static IResourceBuilder<RedisResource> AddRedis(this IDistributedApplicationBuilder builder, string name, int? port = null, IResourceBuilder<ParameterResource>? password = null)
    {
        if (port is not null)
        {
            throw new DistributedApplicationException($"'{name}': a fixed port of Redis is not supported by local hosting; leave it out");
        }

        var generated = new Lazy<string>(() => RandomNumberGenerator.GetString("abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", 22));
        var parameter = password?.Resource ?? new ParameterResource($"{name}-password", secret: true, generated: true, () => generated.Value);
        return builder.AddResource(new RedisResource(name, parameter));
    }

    /// <summary>Keeps the data in a directory of this machine.</summary>
    public static IResourceBuilder<RedisResource> WithDataBindMount(this IResourceBuilder<RedisResource> builder, string source, bool isReadOnly = false)
    {
        if (isReadOnly)
        {
            throw new DistributedApplicationException($"'{builder.Resource.Name}': Redis needs a directory it may write");
        }

        builder.Resource.DataDirectory = source;
        return builder;
    }

    /// <summary>Keeps the data in a volume, when deployed.</summary>
    public static IResourceBuilder<RedisResource> WithDataVolume(this IResourceBuilder<RedisResource> builder, string? name = null, bool isReadOnly = false)
    {
        builder.Resource.HasDataVolume = true;
        builder.Resource.DataVolumeName = name;
        builder.Resource.DataVolumeIsReadOnly = isReadOnly;
        return builder;
    }

    /// <summary>Saves snapshots, when deployed. Here every write is logged before it is acknowledged.</summary>
    public static IResourceBuilder<RedisResource> WithPersistence(this IResourceBuilder<RedisResource> builder, TimeSpan? interval = null, long keysChangedThreshold = 1)
    {
        builder.Resource.SaveInterval = interval ?? TimeSpan.FromSeconds(60);
        builder.Resource.SaveKeysChanged = keysChangedThreshold;
        return builder;
    }
}
