using ModelPlatform.Client.Loading;

namespace ModelPlatform.Dashboard.Tests.Loading;

/// <summary>Remembers what was reported, in order.</summary>
internal sealed class Told(Action<LoadProgress>? also = null) : IProgress<LoadProgress>
{
    private readonly Lock gate = new();
    private readonly List<LoadProgress> all = [];

    public IReadOnlyList<LoadProgress> All
    {
        get
        {
            lock (gate)
            {
                return [.. all];
            }
        }
    }

    public void Report(LoadProgress value)
    {
        lock (gate)
        {
            all.Add(value);
        }

        also?.Invoke(value);
    }
}
