using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace ModelPlatform.Events;

/// <summary>Puts the event log together.</summary>
public static class EventsRegistration
{
    /// <summary>Adds <see cref="IEventLog"/> and <see cref="IEventRaiser"/> on the shared Redis connection.</summary>
    public static IHostApplicationBuilder AddEvents(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<EventOptions>()
            .Bind(builder.Configuration.GetSection("Events"), binder => binder.ErrorOnUnknownConfiguration = true)
            .ValidateDataAnnotations()
            .ValidateOnStart();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<RedisEventLog>();
        builder.Services.AddSingleton<IEventLog>(services => services.GetRequiredService<RedisEventLog>());
        builder.Services.AddSingleton<EventRaiser>();
        builder.Services.Replace(ServiceDescriptor.Singleton<IEventRaiser>(services => services.GetRequiredService<EventRaiser>()));
        builder.Services.AddHostedService(services => services.GetRequiredService<EventRaiser>());
        return builder;
    }

    /// <summary>For a room that raises events, so that it also works in a host without <see cref="AddEvents"/>.</summary>
    internal static void TryAddSilentEvents(this IServiceCollection services) => services.TryAddSingleton<IEventRaiser, SilentEventRaiser>();
}
