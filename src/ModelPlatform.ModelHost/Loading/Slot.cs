using ModelPlatform.Registry;
using ModelPlatform.Runtimes;
using ModelPlatform.Sources;

namespace ModelPlatform.ModelHost.Loading;

/// <summary>The place of one model in this process.</summary>
internal sealed class Slot(ModelId id)
{
    public ModelId Id { get; } = id;

    /// <summary>One change of state at a time.</summary>
    public SemaphoreSlim Changing { get; } = new(1, 1);

    /// <summary>As it was last saved.</summary>
    public RuntimeRecord Record { get; set; } = new() { Id = id.ToString() };

    public LoadedInstance? Instance { get; set; }

    /// <summary>The load under way, which everybody who wants the model waits for.</summary>
    public Task<Result<RuntimeRecord>>? Loading { get; set; }

    /// <summary>Looks at its health in a row that failed.</summary>
    public int FailuresInARow { get; set; }
}
