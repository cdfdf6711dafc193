using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ModelPlatform.Chunks.PlainFiles;
using ModelPlatform.Fetching;
using ModelPlatform.Plugins;

namespace ModelPlatform.Cli.Local;

/// <summary>The engine and the plugins in this process: no Redis, no server.</summary>
internal static class LocalHost
{
    public static IHost Create(LocalRequest request, string workDirectory, string folder, bool isVerbose)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "modelplatform" });
        builder.Configuration.AddInMemoryCollection(Defaults(workDirectory, folder));
        builder.Configuration.AddEnvironmentVariables();
        builder.Configuration.AddInMemoryCollection(OwnOrigin(request, builder.Configuration));
        if (isVerbose)
        {
            builder.Logging.AddSimpleConsole(options => options.SingleLine = true);
            builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(options => options.LogToStandardErrorThreshold = LogLevel.Trace);
        }

        builder.AddPlainFiles(workDirectory);
        builder.AddPlugins();
        builder.AddFetching();
        builder.Services.AddSingleton<IHostLifetime, CommandLifetime>();
        return builder.Build();
    }

    private static Dictionary<string, string?> Defaults(string workDirectory, string folder) => new()
    {
        ["MODELPLATFORM_DATA"] = Path.Combine(folder, ".modelplatform"),
        ["Sources:FileSystem:Root"] = folder,

        // Nothing is signed here: what keys the engine makes go with the rest of the work.
        ["Trust:KeyDirectory"] = Path.GetFullPath(Path.Combine(workDirectory, "..", "keys")),

        // Whoever types the command chose the size.
        [FetchOptions.MaxFileSizeSetting] = "0",
    };

    /// <summary>A URL typed by the person at the keyboard may point at a private address: that origin, and no other.</summary>
    private static Dictionary<string, string?> OwnOrigin(LocalRequest request, ConfigurationManager configuration)
    {
        var next = configuration.GetSection("Fetch:AllowedOrigins").GetChildren().Count();
        return request.Fallbacks.Prepend(new(request.Source, request.Reference))
            .Where(place => place.Key == "url" && Uri.TryCreate(place.Value, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.UserInfo.Length == 0)
            .Select(place => new Uri(place.Value))
            .Where(url => url.Scheme is "http" or "https")
            .Select(url => url.GetLeftPart(UriPartial.Authority))
            .Distinct()
            .Select((origin, index) => KeyValuePair.Create($"Fetch:AllowedOrigins:{next + index}", (string?)origin))
            .ToDictionary();
    }

    /// <summary>The command ends by itself; signals are its own matter.</summary>
    private sealed class CommandLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
