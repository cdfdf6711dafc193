using ModelPlatform.Sources;

namespace ModelPlatform.Registry;

/// <summary>Chooses a model for a machine and a task, and says why.</summary>
public interface IModelSelector
{
    /// <summary>Chooses among all published versions.</summary>
    /// <returns>The choice; ModelNotFound where nothing fits, with the reason.</returns>
    ValueTask<Result<ModelSelection>> SelectAsync(SelectionRequest request, CancellationToken cancellationToken);
}

/// <summary>What is wanted, and what the machine has. Null: no condition.</summary>
public sealed record SelectionRequest
{
    /// <summary>Capabilities the model must have, all of them.</summary>
    public IReadOnlyList<string> Capabilities { get; init; } = ["embed"];

    /// <summary>Bytes of memory there are.</summary>
    public long? Memory { get; init; }

    /// <summary>The tier wanted, where the memory allows it.</summary>
    public string? Tier { get; init; }

    /// <summary>An execution provider, for example <c>CPUExecutionProvider</c>.</summary>
    public string? Provider { get; init; }

    /// <summary>Bytes of GPU memory there are.</summary>
    public long? GpuMemory { get; init; }

    /// <summary>Whether models that are never served anonymously may be chosen.</summary>
    public bool IncludesGated { get; init; } = true;
}

/// <summary>A choice that explains itself.</summary>
/// <param name="Selected">The model.</param>
/// <param name="Reason">Why this one.</param>
/// <param name="Tier">The tier the machine was judged fit for, and why.</param>
/// <param name="Rejected">The others, the nearest first, at most 100, and why not.</param>
public sealed record ModelSelection(CatalogRow Selected, string Reason, SelectedTier Tier, IReadOnlyList<RejectedModel> Rejected);

/// <summary>A tier and why it was chosen.</summary>
/// <param name="Name">micro, small, large or xlarge.</param>
/// <param name="Reason">A sentence.</param>
public sealed record SelectedTier(string Name, string Reason);

/// <summary>A model that was not chosen.</summary>
/// <param name="Id"><c>name:version</c>.</param>
/// <param name="Variant">Its variant.</param>
/// <param name="Reason">A sentence.</param>
public sealed record RejectedModel(string Id, string? Variant, string Reason);
