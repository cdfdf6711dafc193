using Microsoft.AspNetCore.Components;

namespace ModelPlatform.Dashboard.Live;

/// <summary>A component that renders the shared picture and renders again when what it listens to changes.</summary>
public abstract class LiveComponent : ComponentBase, IDisposable
{
    private IDisposable? listening;
    private PlatformSnapshot snapshot = PlatformSnapshot.Empty;
    private int pending;

    [Inject]
    internal LiveState Live { get; set; } = default!;

    /// <summary>The picture this rendering shows.</summary>
    internal PlatformSnapshot Snapshot => snapshot;

    /// <summary>What makes it render.</summary>
    internal abstract Topics Listens { get; }

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        snapshot = Live.Current;
        listening = Live.Listen(Hear);
    }

    /// <summary>Called on the circuit before a rendering that a change caused.</summary>
    protected virtual void OnChanged()
    {
    }

    private void Hear(Topics topics)
    {
        if ((topics & Listens) == 0 || Interlocked.Exchange(ref pending, 1) == 1)
        {
            return;
        }

        _ = InvokeAsync(() =>
        {
            Volatile.Write(ref pending, 0);
            snapshot = Live.Current;
            OnChanged();
            StateHasChanged();
        });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Stops listening.</summary>
    protected virtual void Dispose(bool disposing) => listening?.Dispose();
}
