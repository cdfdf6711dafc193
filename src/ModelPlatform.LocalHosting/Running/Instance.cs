using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using ModelPlatform.LocalHosting.Restoring;

namespace ModelPlatform.LocalHosting.Running;

/// <summary>One process of the graph, started again with growing pauses as long as nobody stops it.</summary>
internal sealed class Instance(Resource resource, int replica, Launcher launcher, HealthProbe probe, Guard guard, ConsoleLog log, TimeProvider time, string runId)
{
    private const int HopelessAfter = 5;
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);

    private readonly TaskCompletionSource healthy = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string name = resource.Replicas > 1 ? $"{resource.Name}-{replica}" : resource.Name;
    private Child? child;
    private int port;
    private string lastLine = string.Empty;

    /// <summary>It has been healthy once.</summary>
    public Task Healthy => healthy.Task;

    /// <summary>Runs it until cancelled.</summary>
    /// <returns>Why the whole run is hopeless; null when it was stopped.</returns>
    public async Task<string?> RunAsync(CancellationToken stopping)
    {
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                var started = time.GetTimestamp();
                await RunOnceAsync(stopping);
                if (stopping.IsCancellationRequested)
                {
                    return null;
                }

                if (!healthy.Task.IsCompleted && (child!.LastError is not null || attempt >= HopelessAfter))
                {
                    return $"{name}: {child.LastError ?? $"ended {attempt} times before it was ready, last with exit code {child.ExitCode}: {lastLine}"}";
                }

                attempt = time.GetElapsedTime(started) > TimeSpan.FromMinutes(1) ? 1 : attempt;
                var pause = TimeSpan.FromSeconds(Math.Min(0.25 * Math.Pow(2, attempt), LongestPause.TotalSeconds));
                log.Write(name, $"ended with exit code {child!.ExitCode}; starts again in {pause.TotalSeconds:0.#} s");
                await Task.Delay(pause, time, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception exception) when (exception is DistributedApplicationException or RestoreException or IOException or UnauthorizedAccessException or System.ComponentModel.Win32Exception)
        {
            return $"{name}: {exception.Message}";
        }
    }

    public Task StopAsync(TimeSpan patience) => child?.StopAsync(patience) ?? Task.CompletedTask;

    private async Task RunOnceAsync(CancellationToken stopping)
    {
        // Another program may take a free port between its choice and its use; once others know it, it stays.
        var endpoint = resource.Endpoints.FirstOrDefault();
        port = endpoint?.Port ?? (healthy.Task.IsCompleted ? port : FreePort.Find());
        var command = await launcher.CommandAsync(resource, replica, port, stopping);
        stopping.ThrowIfCancellationRequested();
        child?.Dispose();
        child = Child.Start(command, runId, Log);
        log.Write(name, $"process {child.Id} on port {port}");
        await guard.WatchAsync(child.Id);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var watching = WatchHealthAsync(endpoint, ended.Token);
        await child.WaitForExitAsync();
        await ended.CancelAsync();
        await watching;
    }

    private void Log(string line)
    {
        lastLine = line;
        log.Write(name, line);
    }

    private async Task WatchHealthAsync(Endpoint? endpoint, CancellationToken cancellationToken)
    {
        try
        {
            while (!await probe.IsHealthyAsync(resource, port, cancellationToken))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), time, cancellationToken);
            }

            endpoint?.Allocate(port);
            healthy.TrySetResult();
        }
        catch (OperationCanceledException)
        {
            // It ended, or is being stopped.
        }
    }
}
