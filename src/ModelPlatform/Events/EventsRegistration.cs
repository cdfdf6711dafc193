using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace ModelPlatform.Events;

/// <summary>Puts the event log together.</summary>
public static class EventsRegistration
{
    /// <summary>Adds <see cref="IEventLog"/> on the shared Redis connection.</summary>
    public static IHostApplicationBuilder AddEvents(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<EventOptions>()
            .Bind(builder.Configuration.GetSection("Events"), binder => binder.ErrorOnUnknownConfiguration = true)
            .ValidateDataAnnotations()
            .ValidateOnStart();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<RedisEventLog>();
        builder.Services.AddSingleton<IEventLog>(services => services.GetRequiredService<RedisEventLog>());
        return builder;
    }
}
