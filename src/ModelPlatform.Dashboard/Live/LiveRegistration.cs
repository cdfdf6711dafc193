namespace ModelPlatform.Dashboard.Live;

/// <summary>Puts the shared picture together.</summary>
internal static class LiveRegistration
{
    public static IHostApplicationBuilder AddLiveState(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<LiveFeed>();
        builder.Services.AddSingleton<LiveState>();
        builder.Services.AddScoped<Problems>();
        return builder;
    }
}
