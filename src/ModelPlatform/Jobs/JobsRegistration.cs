using Hangfire;
using Hangfire.AspNetCore;
using Hangfire.Redis.StackExchange;
using Hangfire.States;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using ModelPlatform.Chunks.Housekeeping;
using ModelPlatform.Jobs.Tracking;
using ModelPlatform.Jobs.Webhooks;
using ModelPlatform.Registry;
using StackExchange.Redis;

namespace ModelPlatform.Jobs;

/// <summary>Puts jobs together.</summary>
public static class JobsRegistration
{
    /// <summary>Keys of Hangfire in Redis. The braces keep them in one slot of a cluster.</summary>
    internal const string HangfirePrefix = "{hangfire}:";

    /// <summary>Adds <see cref="IFetchJobs"/> and <see cref="IWorkerControl"/>: asking for fetches and looking at them.</summary>
    public static IHostApplicationBuilder AddJobs(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<ModelFetchOptions>()
            .Configure<IConfiguration>((options, configuration) => options.Read(configuration))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddOptions<JobOptions>()
            .Bind(builder.Configuration.GetSection("Jobs"), binder => binder.ErrorOnUnknownConfiguration = true)
            .ValidateDataAnnotations()
            .ValidateOnStart();
        // Before AddHangfire, which would otherwise hand out the static ones: those belong to whichever host of the process came last.
        services.AddSingleton<JobStorage>(provider => new RedisStorage(provider.GetRequiredService<IConnectionMultiplexer>(), new RedisStorageOptions
        {
            Prefix = HangfirePrefix,
            // Workers are woken by pub/sub, but one that is about to wait misses the word: in one of a hundred idle starts this is the wait.
            FetchTimeout = TimeSpan.FromTicks(Math.Min(TimeSpan.TicksPerSecond / 2, provider.GetRequiredService<IOptions<ModelFetchOptions>>().Value.PollInterval.Ticks)),
        })
        {
            JobExpirationTimeout = TimeSpan.FromHours(provider.GetRequiredService<IOptions<JobOptions>>().Value.HangfireKeptHours),
        });
        services.AddSingleton<JobActivator>(provider => new AspNetCoreJobActivator(provider.GetRequiredService<IServiceScopeFactory>()));
        services.AddHangfire((provider, hangfire) => hangfire
            .SetDataCompatibilityLevel(CompatibilityLevel.Version_180)
            .UseSimpleAssemblyNameTypeSerializer()
            .UseRecommendedSerializerSettings()
            .UseStorage(provider.GetRequiredService<JobStorage>()));
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<FetchJobStore>();
        services.AddSingleton<FetchQueue>();
        services.AddSingleton<RunningFetches>();
        services.AddSingleton<WorkerControl>();
        services.AddSingleton<IWorkerControl>(provider => provider.GetRequiredService<WorkerControl>());
        services.AddSingleton<IFetchJobs, FetchJobs>();
        services.AddSingleton<WebhookOutbox>();
        services.AddSingleton<TrackedBranches>();
        services.TryAddSingleton<IModelRepair, ModelRepair>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IChunkReferences, JobChunkReferences>());
        services.AddSingleton<IWebhookDeliveries>(provider => provider.GetRequiredService<WebhookOutbox>());
        services.AddHostedService<RedisEvictionCheck>();
        services.AddHostedService<JobDepth>();
        return builder;
    }

    /// <summary>Adds what carries fetches out: Hangfire's server with three queues, the runner, and the sweep.</summary>
    public static IHostApplicationBuilder AddJobRunner(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<FetchJobEnding>();
        services.AddSingleton<FetchJobRunner>();
        services.AddSingleton<WebhookSender>();
        services.AddSingleton<BranchTracking>();
        services.AddSingleton<JobRetention>();
        services.AddHostedService<RecurringWork>();
        services.AddHostedService<FetchJobSweep>();
        services.AddHangfireServer((provider, server) =>
        {
            server.ServerName = $"{Environment.MachineName}:fetch";
            server.Queues = FetchQueue.Queues;
            server.WorkerCount = provider.GetRequiredService<IOptions<ModelFetchOptions>>().Value.MaxConcurrent;
            server.SchedulePollingInterval = TimeSpan.FromSeconds(1);
            server.ShutdownTimeout = TimeSpan.FromSeconds(20);
            server.StopTimeout = TimeSpan.FromSeconds(1);
        });
        services.AddHangfireServer(server =>
        {
            // Of its own, so that a slow receiver never keeps a fetch waiting.
            server.ServerName = $"{Environment.MachineName}:tasks";
            server.Queues = [WebhookOutbox.Queue, EnqueuedState.DefaultQueue];
            server.WorkerCount = 4;
            server.SchedulePollingInterval = TimeSpan.FromSeconds(1);
            server.ShutdownTimeout = TimeSpan.FromSeconds(20);
            server.StopTimeout = TimeSpan.FromSeconds(1);
        });
        services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(30));
        return builder;
    }
}
