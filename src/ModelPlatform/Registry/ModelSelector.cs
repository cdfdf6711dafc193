using System.Globalization;
using System.Text.Json.Nodes;
using ModelPlatform.Sources;

namespace ModelPlatform.Registry;

/// <summary>
/// The rule of the edge loader, on the server: the preferred tier if the memory allows it, else the highest that it allows (micro where it allows none); in that
/// tier, or in the next lower one that has any, every model with all capabilities that fits; of those the one whose best capability ranks first, then the newest.
/// </summary>
internal sealed class ModelSelector(RegistryIndex index) : IModelSelector
{
    private const int MostRejected = 100;
    private const double Gibibyte = 1024 * 1024 * 1024;

    public async ValueTask<Result<ModelSelection>> SelectAsync(SelectionRequest request, CancellationToken cancellationToken) =>
        Select((await index.ReadAsync(cancellationToken)).NewestFirst, request);

    /// <summary>Chooses among models that stand newest first.</summary>
    public static Result<ModelSelection> Select(IReadOnlyList<IndexedModel> models, SelectionRequest request)
    {
        var tier = ChooseTier(request);
        var limit = ModelTier.Find(tier.Name)!.Priority;
        var refused = new List<(int Lacking, RejectedModel Model)>();
        var fitting = new List<IndexedModel>();
        foreach (var model in models.Where(model => request.IncludesGated || !model.Card.IsGated))
        {
            if (WhyNot(model, request) is { } reason)
            {
                refused.Add((request.Capabilities.Except(model.Capabilities).Count(), new RejectedModel(model.Id.ToString(), model.Variant, reason)));
            }
            else
            {
                fitting.Add(model);
            }
        }

        // The nearest first: one that only lacks room tells more than one that is made for something else.
        var rejected = refused.OrderBy(other => other.Lacking).Select(other => other.Model).ToList();

        // Tiers above the machine's come last: a model may fit although its tier's usual need does not.
        var ranked = fitting
            .OrderBy(model => Priority(model) > limit)
            .ThenBy(model => Math.Abs(limit - Priority(model)))
            .ThenBy(model => CapabilityPriority.Of(model.Capabilities))
            .ToList();
        if (ranked.Count == 0)
        {
            var nearest = rejected.Count == 0 ? "nothing is published" : $"{rejected[0].Id}: {rejected[0].Reason}";
            return new PlatformError(ErrorCode.ModelNotFound, $"No model found for capabilities: {string.Join(", ", request.Capabilities)} ({nearest})");
        }

        var chosen = ranked[0];
        var others = ranked.Skip(1).Select(model => new RejectedModel(model.Id.ToString(), model.Variant, WhyLower(model, chosen, tier.Name))).Concat(rejected).Take(MostRejected).ToList();
        return new ModelSelection(chosen.ToRow(), Why(chosen, request, tier), tier, others);
    }

    private static SelectedTier ChooseTier(SelectionRequest request)
    {
        var viable = ModelTier.All.Where(tier => request.Memory is null || tier.MinMemory <= request.Memory).OrderByDescending(tier => tier.Priority).ToList();
        if (viable.Count == 0)
        {
            return new SelectedTier("micro", $"No tier needs as little as {Size(request.Memory!.Value)}; micro is the smallest.");
        }

        return viable.Find(tier => tier.Name == request.Tier) is { } preferred
            ? new SelectedTier(preferred.Name, request.Memory is { } has ? $"Asked for, and its {Size(preferred.MinMemory)} fit into {Size(has)}." : "Asked for.")
            : new SelectedTier(viable[0].Name, request.Memory is { } memory
                ? $"{(request.Tier is null ? string.Empty : $"{request.Tier} was asked for but needs more than there is. ")}The highest tier that {Size(memory)} allow."
                : "No limit of memory was given.");
    }

    private static string? WhyNot(IndexedModel model, SelectionRequest request)
    {
        var lacking = request.Capabilities.Except(model.Capabilities).ToList();
        if (lacking.Count > 0)
        {
            return $"It lacks {string.Join(", ", lacking)}.";
        }

        if (request.Memory is { } memory && model.MemoryRequirement > memory)
        {
            return $"Insufficient memory: need {Size(model.MemoryRequirement)}, have {Size(memory)}.";
        }

        if (request.Provider is { } provider && model.Card.Metadata["executionProviders"] is JsonArray providers
            && !providers.OfType<JsonValue>().Any(value => value.TryGetValue<string>(out var name) && string.Equals(name, provider, StringComparison.OrdinalIgnoreCase)))
        {
            return $"It is not made for {provider}.";
        }

        if (request.Provider is "CPUExecutionProvider" or "cpu" && IsHalfPrecision(model))
        {
            return $"Its precision {model.Quantization ?? model.Variant} is slow or unsupported on a CPU.";
        }

        return request.GpuMemory is { } gpu && model.Card.Metadata["minGpuMemoryGb"] is JsonValue need
            && double.TryParse(need.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var gigabytes) && gigabytes * Gibibyte > gpu
            ? $"It needs {gigabytes.ToString(CultureInfo.InvariantCulture)} GB of GPU memory, have {Size(gpu)}."
            : null;
    }

    private static bool IsHalfPrecision(IndexedModel model) => (model.Quantization ?? model.Variant) is { } precision
        && (precision.Contains("fp16", StringComparison.OrdinalIgnoreCase) || precision.Contains("bf16", StringComparison.OrdinalIgnoreCase) || precision.EndsWith("f16", StringComparison.OrdinalIgnoreCase));

    private static string Why(IndexedModel model, SelectionRequest request, SelectedTier tier) =>
        $"It has {(request.Capabilities.Count == 0 ? "what was asked for" : string.Join(", ", request.Capabilities))}, needs {Size(model.MemoryRequirement)}, is of tier {model.Tier}"
        + (model.Tier == tier.Name ? ", the one chosen" : $"; tier {tier.Name} has no model that fits")
        + $", and ranks first by capability ({CapabilityPriority.Of(model.Capabilities)}) and age.";

    private static string WhyLower(IndexedModel model, IndexedModel chosen, string tier) =>
        model.Tier != chosen.Tier ? $"It fits, but tier {model.Tier} is further from {tier} than {chosen.Tier}."
        : CapabilityPriority.Of(model.Capabilities) != CapabilityPriority.Of(chosen.Capabilities) ? $"It fits, but its best capability ranks {CapabilityPriority.Of(model.Capabilities)}, not {CapabilityPriority.Of(chosen.Capabilities)}."
        : "It fits, but is older.";

    private static int Priority(IndexedModel model) => ModelTier.Find(model.Tier)?.Priority ?? int.MaxValue;

    private static string Size(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1024.0 * 1024):0.#} MiB");
}
