using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.Hosting;

/// <summary>Runs a service so that a wrong configuration ends it at the start with one line on standard error and exit code 1.</summary>
public static partial class ServiceHost
{
    private const string HostLog = "Microsoft.Extensions.Hosting.Internal.Host";
    private const string KestrelLog = "Microsoft.AspNetCore.Server.Kestrel";

    /// <summary>Builds, starts and runs a web service until it is asked to stop.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="add">Adds services. What it throws is a start failure too.</param>
    /// <param name="map">Maps the pipeline and its endpoints.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunOrExplainAsync(string[] args, Action<WebApplicationBuilder> add, Action<WebApplication> map)
    {
        WebApplication app;
        try
        {
            var builder = WebApplication.CreateBuilder(args);
            add(builder);
            app = builder.Build();
            // Before anything is made of a setting: what a client says of a wrong one names neither the setting nor the remedy.
            app.Services.GetService<IStartupValidator>()?.Validate();
            map(app);
        }
        catch (Exception exception)
        {
            return await ExplainAsync(exception);
        }

        return await app.RunOrExplainAsync();
    }

    /// <summary>Starts a host and runs it until it is asked to stop.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunOrExplainAsync(this IHost host)
    {
        try
        {
            await host.StartAsync();
        }
        catch (Exception exception)
        {
            // Before disposal: what it waits for may be what failed.
            var code = await ExplainAsync(exception);
            await DisposeAsync(host).WaitAsync(TimeSpan.FromSeconds(5)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return code;
        }

        host.Services.GetService<StartPhase>()?.End();
        await host.WaitForShutdownAsync();
        await DisposeAsync(host);
        return 0;
    }

    /// <summary>Keeps the host's and Kestrel's stack traces of a failed start out of the log: the one line says it. Once started they log as ever.</summary>
    internal static void AddQuietStart(this IHostApplicationBuilder builder)
    {
        var phase = new StartPhase();
        builder.Services.AddSingleton(phase);
        builder.Logging.AddFilter(HostLog, level => phase.HasEnded && level >= LogLevel.Information);
        builder.Logging.AddFilter(KestrelLog, level => phase.HasEnded && level >= LogLevel.Warning);
    }

    /// <summary>What went wrong, for the person who has to change it: one line, with no stack and no credential.</summary>
    public static string Explain(Exception exception)
    {
        if (exception is AggregateException { InnerExceptions.Count: 1 } or System.Reflection.TargetInvocationException or TypeInitializationException)
        {
            return exception.InnerException is { } inner ? Explain(inner) : OneLine(exception.Message);
        }

        return exception switch
        {
            OptionsValidationException validation => OneLine(string.Join("; ", validation.Failures)),
            InvalidOperationException when UnknownKey().Match(exception.Message) is { Success: true } match =>
                $"unknown setting {match.Groups["keys"].Value.TrimEnd('.')} for {match.Groups["type"].Value.Split('.')[^1]}; a name is misspelt or no longer exists",
            ArgumentOutOfRangeException { ParamName: "port" } => "an address in ASPNETCORE_URLS has a port that is not a number from 0 to 65535",
            InvalidOperationException { InnerException: FormatException or ArgumentException or OverflowException } => OneLine($"{exception.Message} {exception.InnerException.Message}"),
            _ => OneLine(exception.Message),
        };
    }

    private static async Task<int> ExplainAsync(Exception exception)
    {
        await Console.Error.WriteLineAsync($"ModelPlatform: {Explain(exception)}");
        if (Environment.GetEnvironmentVariable("MODELPLATFORM_DEBUG") == "true")
        {
            await Console.Error.WriteLineAsync(exception.ToString());
        }

        return 1;
    }

    private static async Task DisposeAsync(IHost host)
    {
        if (host is IAsyncDisposable disposable)
        {
            await disposable.DisposeAsync();
        }
        else
        {
            host.Dispose();
        }
    }

    private static string OneLine(string message) => LineBreaks().Replace(message, " ").Trim();

    [GeneratedRegex(@"\s*[\r\n]+\s*")]
    private static partial Regex LineBreaks();

    [GeneratedRegex(@"ErrorOnUnknownConfiguration.*instance of (?<type>\S+): (?<keys>.+)$", RegexOptions.Singleline)]
    private static partial Regex UnknownKey();

    private sealed class StartPhase
    {
        private volatile bool ended;

        public bool HasEnded => ended;

        public void End() => ended = true;
    }
}
