using ModelPlatform.Client.Connection;
using ModelPlatform.Client.Models;
using ModelPlatform.Registry;

namespace ModelPlatform.Client.Loading;

public sealed partial class ModelLoader
{
    /// <summary>The tier this machine is fit for: the preferred one if its memory allows it, else the highest that it allows; micro, with a warning, where it allows none.</summary>
    /// <param name="preferred">micro, small, large or xlarge.</param>
    public ModelTier SelectTier(string? preferred = null)
    {
        var have = options.AvailableMemory();
        var viable = ModelTier.All.Where(tier => tier.MinMemory <= have).OrderByDescending(tier => tier.Priority).ToList();
        if (viable.Count == 0)
        {
            options.OnWarning($"No tier needs as little as the {have} bytes there are; micro is the smallest.");
            return ModelTier.Find("micro")!;
        }

        return viable.Find(tier => tier.Name == preferred) ?? viable[0];
    }

    /// <summary>
    /// The model to load on this machine for a task: in the tier that <see cref="SelectTier"/> chooses, or the next lower one that has any, every model with all capabilities
    /// that fits into memory; of those the one whose best capability ranks first, as the catalog lists them.
    /// </summary>
    /// <param name="capabilities">What it must be able to do; <c>embed</c> where nothing is said.</param>
    /// <param name="preferredTier">The tier wanted.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<ApiResult<CatalogModel>> SelectModelAsync(IReadOnlyList<string>? capabilities = null, string? preferredTier = null, CancellationToken cancellationToken = default)
    {
        var wanted = capabilities ?? ["embed"];
        var have = options.AvailableMemory();
        foreach (var tier in ModelTier.All.Where(tier => tier.Priority <= SelectTier(preferredTier).Priority).OrderByDescending(tier => tier.Priority))
        {
            List<CatalogModel> listed = [];
            string? cursor = null;
            do
            {
                if (!(await client.Models.CatalogAsync(new CatalogFilter { Tier = tier.Name, Cursor = cursor }, cancellationToken)).TryGet(out var page, out var problem))
                {
                    return problem;
                }

                listed.AddRange(page.Models);
                cursor = page.NextCursor;
            }
            while (cursor is not null);

            var fit = listed.Where(model => wanted.All(model.Capabilities.Contains) && model.MemoryRequirement <= have).OrderBy(model => CapabilityPriority.Of(model.Capabilities));
            if (fit.FirstOrDefault() is { } chosen)
            {
                return chosen;
            }
        }

        return new ApiProblem { Error = $"No model found for capabilities: {string.Join(", ", wanted)}", Code = ProblemCode.ModelNotFound };
    }
}
