using Microsoft.Extensions.Options;
using ModelPlatform.ModelHost.Health;
using ModelPlatform.ModelHost.Inference;
using ModelPlatform.ModelHost.Loading;
using ModelPlatform.ModelHost.Memory;
using ModelPlatform.ModelHost.Onnx;
using ModelPlatform.Runtimes;

namespace ModelPlatform.ModelHost.Hosting;

/// <summary>Puts the model host together.</summary>
internal static class HostRegistration
{
    public static void AddModelHost(this IHostApplicationBuilder builder)
    {
        builder.AddRuntimeRecords();
        builder.AddRuntimeCatalog();
        var services = builder.Services;
        services.AddOptions<RuntimeOptions>()
            .Bind(builder.Configuration.GetSection(RuntimeOptions.Section), binder => binder.ErrorOnUnknownConfiguration = true)
            .Validate(options => options.MaxConcurrentLoads is >= 1 and <= 64, "Runtimes:MaxConcurrentLoads must lie between 1 and 64.")
            .Validate(options => options.LoadTimeout > TimeSpan.Zero && options.InferenceTimeout > TimeSpan.Zero && options.ProbeTimeout > TimeSpan.Zero && options.HealthInterval > TimeSpan.Zero,
                "The times of Runtimes must be more than nothing, written hh:mm:ss.")
            .Validate(options => options.MaxInputBytes is >= 1024 and <= 1024 * 1024 * 1024, "Runtimes:MaxInputBytes must lie between 1 KiB and 1 GiB, in bytes.")
            .Validate(options => options.MemoryLimit >= 0 && options.MaxCopyBytes >= 0, "Runtimes:MemoryLimit and Runtimes:MaxCopyBytes are numbers of bytes.")
            .Validate(options => options is { MostFailures: >= 1, MostCrashes: >= 1, MaxConcurrentInferences: >= 0 }, "Runtimes:MostFailures and Runtimes:MostCrashes must be at least 1.")
            .ValidateOnStart();
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<RuntimeOptions>>().Value);
        services.AddSingleton(new BuiltInRuntime(OnnxRuntime.Name, new OnnxRuntime()));
        services.AddSingleton<HostProcess>();
        services.AddSingleton<MemoryGate>();
        services.AddSingleton<ModelCopies>();
        services.AddSingleton<ModelIntake>();
        services.AddSingleton<HealthLook>();
        services.AddSingleton<ModelLoader>();
        services.AddSingleton<ModelInference>();
        services.AddSingleton<HostRecovery>();
        services.AddSingleton<HostService>();
        services.AddHostedService(provider => provider.GetRequiredService<HostService>());
    }

    public static void UseHostAccess(this WebApplication app) => app.UseMiddleware<HostAccess>();
}
