namespace ModelPlatform.Registry;

/// <summary>
/// One read for all who ask at the same time. Whoever asks while a read is under way waits for the one after it: what is returned was never read before it was asked for.
/// </summary>
internal sealed class SharedRead<T>(Func<Task<T>> read)
{
    private readonly Lock gate = new();
    private bool isReading;
    private TaskCompletionSource<T>? waiting;

    public Task<T> ReadAsync()
    {
        var mine = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            if (isReading)
            {
                return (waiting ??= mine).Task;
            }

            isReading = true;
        }

        _ = ServeAsync(mine);
        return mine.Task;
    }

    private async Task ServeAsync(TaskCompletionSource<T> asked)
    {
        for (var those = asked; those is not null;)
        {
            var result = read();
            await result.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            those.SetFromTask(result);
            lock (gate)
            {
                (those, waiting) = (waiting, null);
                isReading = those is not null;
            }
        }
    }
}
