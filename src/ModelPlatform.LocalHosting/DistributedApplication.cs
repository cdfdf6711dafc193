using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ModelPlatform.LocalHosting.Publishing;
using ModelPlatform.LocalHosting.Running;

namespace Aspire.Hosting;

/// <summary>The graph, ready to be run on this machine or described in a manifest.</summary>
public class DistributedApplication : IHost, IAsyncDisposable
{
    private readonly IHost host;

    internal DistributedApplication(IHost host) => this.host = host;

    /// <inheritdoc/>
    public IServiceProvider Services => host.Services;

    /// <summary>How the resources are.</summary>
    public ResourceNotificationService ResourceNotifications => Services.GetRequiredService<ResourceNotificationService>();

    /// <summary>Begins the description of a graph.</summary>
    public static IDistributedApplicationBuilder CreateBuilder(string[] args)
    {
        try
        {
            return new DistributedApplicationBuilder(args);
        }
        catch (DistributedApplicationException exception)
        {
            Console.Error.WriteLine($"ModelPlatform: {exception.Message}");
            Environment.Exit(2);
            throw;
        }
    }

    /// <summary>Runs it until it is asked to stop. A start that fails ends in one line on standard error and exit code 1.</summary>
    public void Run() => RunAsync().GetAwaiter().GetResult();

    /// <inheritdoc cref="Run"/>
    public virtual async Task RunAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            await StartAsync(cancellationToken);
            await host.WaitForShutdownAsync(cancellationToken);
        }
        catch (DistributedApplicationException exception)
        {
            Fail(exception.Message);
        }

        if (Services.GetRequiredService<Failure>().Line is { } line)
        {
            Fail(line);
        }

        await DisposeAsync();
    }

    /// <inheritdoc/>
    public virtual async Task StartAsync(CancellationToken cancellationToken = default)
    {
        if (Services.GetRequiredService<DistributedApplicationExecutionContext>().IsPublishMode)
        {
            await Services.GetRequiredService<ManifestPublisher>().WriteAsync(cancellationToken);
            Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
            return;
        }

        await host.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public virtual Task StopAsync(CancellationToken cancellationToken = default) => host.StopAsync(cancellationToken);

    /// <inheritdoc/>
    public virtual void Dispose()
    {
        host.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    public virtual async ValueTask DisposeAsync()
    {
        if (host is IAsyncDisposable disposable)
        {
            await disposable.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    private static void Fail(string line)
    {
        Console.Error.WriteLine($"ModelPlatform: {line}");
        Environment.ExitCode = 1;
    }
}
