using ModelPlatform.Sources.Runtimes;

namespace ModelPlatform.ModelHost.Onnx;

/// <summary>What kind of model a graph is, from the names and shapes of what it takes and gives.</summary>
internal static class GraphType
{
    public static string? Of(IReadOnlyList<TensorDescription> inputs, IReadOnlyList<TensorDescription> outputs)
    {
        var takesText = inputs.Any(input => input.Name.Contains("input_ids", StringComparison.OrdinalIgnoreCase));
        var takesImage = inputs.Any(input => input.Shape.Count == 4 && (input.Shape[1] is 1 or 3 || input.Shape[3] is 1 or 3 || input.Name.Contains("pixel", StringComparison.OrdinalIgnoreCase)));
        bool Gives(params ReadOnlySpan<string> words)
        {
            foreach (var word in words)
            {
                if (outputs.Any(output => output.Name.Contains(word, StringComparison.OrdinalIgnoreCase)))
                {
                    return true;
                }
            }

            return false;
        }

        return takesText && takesImage ? "caption_generator"
            : Gives("embedding", "last_hidden_state", "pooler_output", "token_embeddings") ? "embedding_model"
            : takesImage && (Gives("boxes", "detection", "mask", "scores") || (outputs.Any(output => output.Shape.Count == 4) && !Gives("logits"))) ? "detection_model"
            : takesText && outputs.Any(output => output.Shape.Count == 3) ? "diffusion_lm"
            : (takesImage || takesText) && outputs.Any(output => output.Shape.Count is 2 or 3) ? "classification_model"
            : null;
    }
}
