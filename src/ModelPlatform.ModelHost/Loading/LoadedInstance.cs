using ModelPlatform.ModelHost.Health;
using ModelPlatform.Runtimes;
using ModelPlatform.Sources.Runtimes;

namespace ModelPlatform.ModelHost.Loading;

/// <summary>A model in memory: who uses it, how fast it is, and all that has to go with it.</summary>
internal sealed class LoadedInstance(ILoadedModel model, VerifiedModel files, RuntimeLease lease, string runtime, TimeProvider time) : IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly TaskCompletionSource drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource breaking = new();
    private int running;
    private bool isClosed;

    public ILoadedModel Model { get; } = model;

    public string InstanceId { get; } = Guid.NewGuid().ToString("N");

    public string Runtime { get; } = runtime;

    public CallStatistics Calls { get; } = new(time);

    public ModelProbe Probe { get; } = new(model);

    public int Running => Volatile.Read(ref running);

    /// <summary>Cancelled when an unload no longer waits for running inferences.</summary>
    public CancellationToken Breaking => breaking.Token;

    /// <summary>Begins an inference.</summary>
    /// <returns>False where the model is being unloaded.</returns>
    public bool TryEnter()
    {
        lock (gate)
        {
            if (!isClosed)
            {
                running++;
            }

            return !isClosed;
        }
    }

    public void Exit()
    {
        lock (gate)
        {
            running--;
            if (isClosed && running == 0)
            {
                drained.TrySetResult();
            }
        }
    }

    /// <summary>Lets no inference begin any more, waits for those running, breaks off those that last too long, then frees everything.</summary>
    public async ValueTask UnloadAsync(TimeSpan patience)
    {
        lock (gate)
        {
            isClosed = true;
            if (running == 0)
            {
                drained.TrySetResult();
            }
        }

        await drained.Task.WaitAsync(patience, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!drained.Task.IsCompleted)
        {
            await breaking.CancelAsync();

            // Whoever does not even end when broken off keeps its memory: freeing it would end the process.
            await drained.Task;
        }

        await DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Model.DisposeAsync();
        lease.Dispose();
        await files.DisposeAsync();
        breaking.Dispose();
    }
}
