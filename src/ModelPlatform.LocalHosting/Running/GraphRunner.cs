using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Azure;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using ModelPlatform.LocalHosting.Restoring;

namespace ModelPlatform.LocalHosting.Running;

/// <summary>Runs the graph: each resource once those it waits for are healthy. Stops the services first and then the stores.</summary>
internal sealed class GraphRunner(Graph graph, IConfiguration configuration, ResourceNotificationService notifications, ConsoleLog log, Failure failure, IHostApplicationLifetime lifetime)
    : IHostedService, IDisposable
{
    /// <summary>How long a stop may take in all.</summary>
    public static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(14);
    private static readonly TimeSpan ServicePatience = TimeSpan.FromSeconds(9);
    private static readonly TimeSpan StorePatience = TimeSpan.FromSeconds(3);

    private readonly string runId = Guid.NewGuid().ToString("N");
    private readonly CancellationTokenSource stopping = new();
    private readonly HealthProbe probe = new();
    private readonly List<IDisposable> locks = [];
    private readonly List<(Resource Resource, Instance Instance)> instances = [];
    private readonly List<Task> running = [];
    private Guard? guard;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var launcher = new Launcher(graph, configuration);
        var runFile = await LockDataAsync(cancellationToken);
        CheckPorts();
        guard = new Guard(runId, runFile);
        await guard.StartAsync();
        foreach (var resource in graph.Resources)
        {
            var own = Launcher.IsProcess(resource)
                ? Enumerable.Range(1, resource.Replicas).Select(replica => new Instance(resource, replica, launcher, probe, guard, log, TimeProvider.System, runId)).ToList()
                : [];
            instances.AddRange(own.Select(instance => (resource, instance)));
            running.Add(RunAsync(resource, own));
        }

        running.Add(new ParentWatch(lifetime).RunAsync(stopping.Token));
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await stopping.CancelAsync();
        foreach (var stage in instances.GroupBy(pair => pair.Resource is not ProjectResource).OrderBy(stage => stage.Key))
        {
            await Task.WhenAll(stage.Select(pair => pair.Instance.StopAsync(stage.Key ? StorePatience : ServicePatience)));
        }

        await Task.WhenAll(running);
        if (guard is not null)
        {
            await guard.DisposeAsync();
        }

        locks.ForEach(held => held.Dispose());
    }

    public void Dispose()
    {
        probe.Dispose();
        stopping.Dispose();
    }

    private async Task RunAsync(Resource resource, List<Instance> own)
    {
        try
        {
            foreach (var dependency in resource.Dependencies)
            {
                await notifications.WaitForResourceHealthyAsync(dependency.Name, stopping.Token);
            }

            var ends = own.ConvertAll(instance => instance.RunAsync(stopping.Token));
            var healthy = Task.WhenAll(own.Select(instance => instance.Healthy));
            await Task.WhenAny([healthy, .. ends]);
            if (healthy.IsCompletedSuccessfully)
            {
                notifications.SetHealthy(resource);
            }

            foreach (var reason in await Task.WhenAll(ends))
            {
                if (reason is not null)
                {
                    failure.Report(reason);
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Stopped before its turn came.
        }
    }

    /// <summary>Two copies on one directory would destroy each other's stores.</summary>
    /// <returns>The file that says a guard is still at work.</returns>
    private async Task<string> LockDataAsync(CancellationToken cancellationToken)
    {
        var directories = graph.Resources
            .Select(resource => resource is AzureStorageResource storage ? storage.Emulator?.DataDirectory : (resource as ContainerResource)?.DataDirectory)
            .OfType<string>()
            .ToList();
        var runFile = directories.Count > 0 ? $"{directories[0]}.guard" : Path.Combine(Path.GetTempPath(), $"modelplatform-{runId}.guard");
        await Guard.WaitForEarlierAsync(runFile, cancellationToken);
        foreach (var directory in directories)
        {
            try
            {
                Directory.CreateDirectory(directory);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw new DistributedApplicationException($"the data directory cannot be written: {exception.Message}", exception);
            }

            locks.Add(FileLock.TryAcquire($"{directory}.lock")
                ?? throw new DistributedApplicationException($"{directory} is used by another copy that runs, or cannot be written; give this one a directory of its own with --data"));
        }

        return runFile;
    }

    private void CheckPorts()
    {
        foreach (var resource in graph.Resources)
        {
            foreach (var port in resource.Endpoints.Select(endpoint => endpoint.Port).OfType<int>())
            {
                if (!FreePort.IsFree(port))
                {
                    throw new DistributedApplicationException($"port {port}, where '{resource.Name}' is to listen, is in use; choose another with --{resource.Name}-port");
                }
            }
        }
    }
}
