using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ModelPlatform.Events;
using ModelPlatform.Plugins.Outbound;
using StackExchange.Redis;

namespace ModelPlatform.Jobs;

/// <summary>Whether job servers take jobs, and which job servers there are. Shared by all processes through Redis.</summary>
internal sealed partial class WorkerControl(IConnectionMultiplexer redis, IOptions<ModelFetchOptions> options, RunningFetches running, IHostWaits waits, TimeProvider time, ILogger<WorkerControl> logger)
    : IWorkerControl
{
    private const string EnabledKey = "mp:worker:enabled";
    private const string ServersKey = "mp:worker:servers";
    private static readonly RedisChannel Changed = RedisChannel.Literal("mp:worker:changed");
    private static readonly TimeSpan PresenceLasts = TimeSpan.FromSeconds(10);

    private readonly IDatabase database = redis.GetDatabase();
    private readonly DateTimeOffset startedAt = time.GetUtcNow();
    private volatile TaskCompletionSource enabled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>This process among the job servers.</summary>
    public string ServerName { get; } = $"{Environment.MachineName}:{Environment.ProcessId}:{Guid.NewGuid().ToString("N")[..6]}";

    public async Task<WorkerState> GetAsync(CancellationToken cancellationToken)
    {
        var isEnabled = await IsEnabledAsync().WaitAsync(cancellationToken);
        var servers = new List<WorkerServer>();
        foreach (var entry in await database.HashGetAllAsync(ServersKey).WaitAsync(cancellationToken))
        {
            var server = JsonSerializer.Deserialize(((ReadOnlyMemory<byte>)entry.Value).Span, WorkerJson.Default.WorkerServer)!;
            if (time.GetUtcNow() - server.SeenAt <= PresenceLasts)
            {
                servers.Add(server);
            }
            else if (time.GetUtcNow() - server.SeenAt > PresenceLasts * 6)
            {
                await database.HashDeleteAsync(ServersKey, entry.Name, CommandFlags.FireAndForget);
            }
        }

        return new WorkerState
        {
            Enabled = isEnabled,
            Running = isEnabled && servers.Count > 0,
            ActiveJobs = servers.Sum(server => server.ActiveJobs),
            MaxConcurrent = options.Value.MaxConcurrent,
            PollInterval = (int)options.Value.PollInterval.TotalMilliseconds,
            RateLimitedSources = [.. (await waits.ListAsync(cancellationToken)).Select(wait => new RateLimitedSource(wait.Key, time.GetUtcNow() + wait.Value)).OrderBy(wait => wait.Host, StringComparer.Ordinal)],
            Servers = [.. servers.OrderBy(server => server.Name, StringComparer.Ordinal)],
        };
    }

    public async Task SetAsync(bool isEnabled, CancellationToken cancellationToken)
    {
        await database.StringSetAsync(EnabledKey, isEnabled).WaitAsync(cancellationToken);
        await database.PublishAsync(Changed, RedisValue.EmptyString, CommandFlags.FireAndForget);
    }

    /// <summary>Returns at once where jobs may be taken, otherwise when somebody allows it.</summary>
    public Task UntilEnabledAsync(CancellationToken cancellationToken) => enabled.Task.WaitAsync(cancellationToken);

    /// <summary>Whether this process knows that jobs may be taken.</summary>
    public bool IsEnabled => enabled.Task.IsCompleted;

    public Task ListenAsync(CancellationToken stopping) => redis.GetSubscriber().SubscribeAsync(Changed, (_, _) => _ = RefreshAsync(stopping));

    /// <summary>Reads the switch, and says that this server lives.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        try
        {
            var isEnabled = await IsEnabledAsync().WaitAsync(cancellationToken);
            if (isEnabled && !enabled.Task.IsCompleted)
            {
                enabled.TrySetResult();
                LogTakesJobs();
            }
            else if (!isEnabled && enabled.Task.IsCompleted)
            {
                enabled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                LogTakesNoJobs();
            }

            var presence = new WorkerServer(ServerName, startedAt, time.GetUtcNow(), running.Count, options.Value.MaxConcurrent);
            await database.HashSetAsync(ServersKey, ServerName, JsonSerializer.SerializeToUtf8Bytes(presence, WorkerJson.Default.WorkerServer)).WaitAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            LogRedisAway(exception.Message);
        }
    }

    public Task LeaveAsync() => database.HashDeleteAsync(ServersKey, ServerName);

    private async Task<bool> IsEnabledAsync() => await database.StringGetAsync(EnabledKey) is { IsNull: false } value ? (bool)value : options.Value.WorkerEnabled;

    [LoggerMessage(3141, LogLevel.Information, "[ModelFetchWorker] Takes jobs")]
    private partial void LogTakesJobs();

    [LoggerMessage(3142, LogLevel.Information, "[ModelFetchWorker] Takes no further jobs until WorkerControl says start")]
    private partial void LogTakesNoJobs();

    [LoggerMessage(3143, LogLevel.Warning, "[ModelFetchWorker] Redis does not answer ({Reason})")]
    private partial void LogRedisAway(string reason);
}

/// <summary>The switch for all job servers.</summary>
public interface IWorkerControl
{
    /// <summary>How things stand.</summary>
    Task<WorkerState> GetAsync(CancellationToken cancellationToken);

    /// <summary>Lets job servers take jobs, or not. Running fetches go on.</summary>
    Task SetAsync(bool isEnabled, CancellationToken cancellationToken);
}

/// <summary>What the job servers do.</summary>
public sealed record WorkerState
{
    /// <summary>Whether jobs may be taken.</summary>
    public bool Enabled { get; init; }

    /// <summary>Whether they are: enabled, and a job server lives.</summary>
    public bool Running { get; init; }

    /// <summary>Fetches at this moment.</summary>
    public int ActiveJobs { get; init; }

    /// <summary>How many there may be in each server.</summary>
    public int MaxConcurrent { get; init; }

    /// <summary>Milliseconds.</summary>
    public int PollInterval { get; init; }

    /// <summary>Sources that asked to wait, and until when.</summary>
    public IReadOnlyList<RateLimitedSource> RateLimitedSources { get; init; } = [];

    /// <summary>The job servers that live.</summary>
    public IReadOnlyList<WorkerServer> Servers { get; init; } = [];
}

/// <summary>A host that asked to wait.</summary>
/// <param name="Host">Its name.</param>
/// <param name="Until">UTC.</param>
public sealed record RateLimitedSource(string Host, [property: JsonConverter(typeof(UtcTimeJsonConverter))] DateTimeOffset Until);

/// <summary>A job server.</summary>
/// <param name="Name">Machine, process, and a mark of this start.</param>
/// <param name="StartedAt">UTC.</param>
/// <param name="SeenAt">When it last said that it lives, UTC.</param>
/// <param name="ActiveJobs">Fetches at that moment.</param>
/// <param name="MaxConcurrent">How many it takes at once.</param>
public sealed record WorkerServer(
    string Name,
    [property: JsonConverter(typeof(UtcTimeJsonConverter))] DateTimeOffset StartedAt,
    [property: JsonConverter(typeof(UtcTimeJsonConverter))] DateTimeOffset SeenAt,
    int ActiveJobs,
    int MaxConcurrent);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(WorkerServer))]
internal sealed partial class WorkerJson : JsonSerializerContext;
