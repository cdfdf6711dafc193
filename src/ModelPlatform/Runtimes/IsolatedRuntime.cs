using ModelPlatform.Plugins;
using ModelPlatform.Sources;
using ModelPlatform.Sources.Runtimes;

namespace ModelPlatform.Runtimes;

/// <summary>A plugin's runtime as the rest of the platform sees it: it neither throws nor hangs. How long a call may take is the caller's to say, by its token.</summary>
internal sealed class IsolatedRuntime(string name, IModelRuntime runtime, IsolatedCall calls, PluginLimits limits) : IModelRuntime
{
    private IModelRuntime? inner = runtime;

    // Asked once: it is the plugin's own code.
    public IReadOnlyList<string> Frameworks { get; } = [.. runtime.Frameworks];

    public async ValueTask<Result<ILoadedModel>> LoadAsync(RuntimeModel model, RuntimeConfiguration configuration, CancellationToken cancellationToken)
    {
        var runtime = inner ?? throw new ObjectDisposedException(name);
        var late = new LateModel();
        try
        {
            var result = await calls.RunAsync($"loading with {name}", Timeout.InfiniteTimeSpan, token => late.WatchAsync(runtime.LoadAsync(model, configuration, token)), cancellationToken);
            if (result.TryGet(out var loaded, out var error) && late.TryTake())
            {
                return new IsolatedModel(name, loaded, calls, limits);
            }

            await late.AbandonAsync();
            return error ?? new PlatformError(ErrorCode.InternalError, $"{name} gave a model that had been given up.");
        }
        catch (OperationCanceledException)
        {
            await late.AbandonAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref inner, null) is { } runtime)
        {
            await calls.RunAsync<bool>($"ending {name}", limits.Load, async _ =>
            {
                await runtime.DisposeAsync();
                return true;
            }, CancellationToken.None);
        }
    }

    /// <summary>A model that comes after nobody waits for it any more still takes memory, and is unloaded.</summary>
    private sealed class LateModel
    {
        private readonly Lock gate = new();
        private ILoadedModel? model;
        private bool isSettled;

        public async ValueTask<Result<ILoadedModel>> WatchAsync(ValueTask<Result<ILoadedModel>> loading)
        {
            var result = await loading;
            if (result.IsSuccess)
            {
                bool isLate;
                lock (gate)
                {
                    isLate = isSettled;
                    model = isLate ? null : result.Value;
                }

                if (isLate)
                {
                    await result.Value.DisposeAsync();
                }
            }

            return result;
        }

        public bool TryTake()
        {
            lock (gate)
            {
                var isFirst = !isSettled && model is not null;
                (isSettled, model) = (true, null);
                return isFirst;
            }
        }

        public async ValueTask AbandonAsync()
        {
            ILoadedModel? left;
            lock (gate)
            {
                (isSettled, left, model) = (true, model, null);
            }

            if (left is not null)
            {
                await left.DisposeAsync();
            }
        }
    }
}
