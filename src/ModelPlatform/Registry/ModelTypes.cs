using System.Collections.Immutable;

namespace ModelPlatform.Registry;

/// <summary>The types a model can have.</summary>
public static class ModelTypes
{
    /// <summary>caption_generator, detection_model, embedding_model, diffusion_lm, classification_model, other.</summary>
    public static ImmutableArray<string> All { get; } = ["caption_generator", "detection_model", "embedding_model", "diffusion_lm", "classification_model", "other"];
}
