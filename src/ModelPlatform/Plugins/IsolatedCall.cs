using ModelPlatform.Sources;

namespace ModelPlatform.Plugins;

/// <summary>Calls into a plugin so that nothing it does reaches the caller but a value or an error.</summary>
internal sealed class IsolatedCall(string plugin, PluginConduct conduct, PluginLimits limits, TimeProvider time, string kind = "plugin")
{
    public PluginConduct Conduct => conduct;

    /// <summary>Runs one call on another thread, with its own token, for at most <paramref name="limit"/>.</summary>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public async Task<Result<T>> RunAsync<T>(string operation, TimeSpan limit, Func<CancellationToken, ValueTask<Result<T>>> call, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();

        // A token of its own: what the plugin registers on it is let go with it, and cannot keep an unloaded plugin alive.
        var token = new CancellationTokenSource();
        var running = Task.Run(async () => await call(token.Token), CancellationToken.None);
        try
        {
            await ((Task)running).WaitAsync(limit, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var timedOut = !running.IsCompleted && !cancellationToken.IsCancellationRequested;
            if (!running.IsCompleted && !await CancelAsync(running, token))
            {
                var what = $"{operation} did not come back, {(timedOut ? $"not even after {limit.TotalSeconds:0.#} s" : "although it was cancelled")}";
                conduct.Hung(what);
                Forget(running, token);
                cancellationToken.ThrowIfCancellationRequested();
                return new PlatformError(ErrorCode.NetworkTimeout, $"The {kind} {plugin}: {what}.");
            }

            cancellationToken.ThrowIfCancellationRequested();
            return timedOut
                ? new PlatformError(ErrorCode.NetworkTimeout, $"The {kind} {plugin}: {operation} took longer than {limit.TotalSeconds:0.#} s.")
                : await ReadAsync(operation, running);
        }
        finally
        {
            if (running.IsCompleted)
            {
                token.Dispose();
            }
        }
    }

    public PlatformError Fail(string operation, string what)
    {
        conduct.Failed($"{operation} {what}");
        return new PlatformError(ErrorCode.InternalError, $"The {kind} {plugin} malfunctioned: {operation} {what}.");
    }

    /// <summary>An exception as text. The object itself would keep the plugin's types alive.</summary>
    public static string Describe(Exception exception) => $"threw {exception.GetType().Name}: {exception.Message}";

    private async Task<Result<T>> ReadAsync<T>(string operation, Task<Result<T>> finished)
    {
        try
        {
            var result = await finished;
            if (result.IsSuccess && result.Value is null)
            {
                return Fail(operation, "gave neither a value nor an error");
            }

            conduct.Succeeded();
            return result;
        }
        catch (PlatformException exception)
        {
            return exception.Error;
        }
        catch (OperationCanceledException)
        {
            return new PlatformError(ErrorCode.NetworkTimeout, $"The {kind} {plugin} gave up: {operation} took too long for it.");
        }
        catch (Exception exception)
        {
            return Fail(operation, Describe(exception));
        }
    }

    private async Task<bool> CancelAsync(Task running, CancellationTokenSource token)
    {
        // Cancelling runs the plugin's callbacks: they may hang or throw like anything else of it.
        var cancelling = Task.Run(token.Cancel, CancellationToken.None);
        await Task.WhenAll(cancelling, running).WaitAsync(limits.Grace, time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return running.IsCompleted;
    }

    private void Forget(Task running, CancellationTokenSource token) => _ = running.ContinueWith(
        finished =>
        {
            _ = finished.Exception;
            token.Dispose();
            conduct.CameBack();
        },
        CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
