using System.Text.Json.Nodes;

namespace ModelPlatform.Registry;

/// <summary>What a model is and can do, from what its source and its user say of it.</summary>
/// <param name="Type">caption_generator, detection_model, embedding_model, diffusion_lm, classification_model or other.</param>
/// <param name="Capabilities">By rank, then by name.</param>
internal sealed record ModelClassification(string Type, IReadOnlyList<string> Capabilities)
{
    /// <summary>Classifies by <c>modelType</c> and <c>capabilities</c> where the metadata name them, else by <c>pipelineTag</c> or <c>taskType</c>, tags and architectures.</summary>
    public static ModelClassification Of(JsonObject metadata)
    {
        var task = (Text(metadata, "pipelineTag") ?? Text(metadata, "taskType") ?? string.Empty).ToLowerInvariant();
        var words = Texts(metadata, "tags").Concat(Texts(metadata, "architectures")).Select(word => word.ToLowerInvariant()).ToHashSet(StringComparer.Ordinal);
        var named = Text(metadata, "modelType");
        return new ModelClassification(
            named is not null && ModelTypes.All.Contains(named) ? named : TypeOf(task, words),
            Rank(Texts(metadata, "capabilities") is { Count: > 0 } given ? given : CapabilitiesOf(task, words, Texts(metadata, "languages").Concat(Texts(metadata, "language")).Distinct().Count())));
    }

    /// <summary>Ranks capabilities, each once.</summary>
    public static IReadOnlyList<string> Rank(IEnumerable<string> capabilities) =>
        [.. capabilities.Where(name => name.Length is > 0 and <= 64).Distinct(StringComparer.Ordinal).OrderBy(CapabilityPriority.Of).ThenBy(name => name, StringComparer.Ordinal)];

    private static string TypeOf(string task, HashSet<string> words) => task switch
    {
        "image-to-text" or "image-text-to-text" or "image-captioning" or "visual-question-answering" or "captioning" => "caption_generator",
        "object-detection" or "zero-shot-object-detection" or "image-segmentation" or "mask-generation" or "keypoint-detection" or "text-detection" or "detection" => "detection_model",
        "feature-extraction" or "sentence-similarity" or "image-feature-extraction" or "text-embeddings-inference" or "embedding" or "text-embedding" => "embedding_model",
        _ when task.EndsWith("classification", StringComparison.Ordinal) => "classification_model",
        _ when words.Any(word => word.Contains("diffusion", StringComparison.Ordinal) || word.Contains("llada", StringComparison.Ordinal)) => "diffusion_lm",
        "" when words.Contains("sentence-transformers") || words.Contains("feature-extraction") => "embedding_model",
        _ => "other",
    };

    private static IEnumerable<string> CapabilitiesOf(string task, HashSet<string> words, int languages)
    {
        switch (task)
        {
            case "feature-extraction" or "sentence-similarity" or "embedding" or "text-embedding":
            case "" when words.Contains("sentence-transformers"):
                yield return "embed";
                yield return "retrieve";
                break;
            case "text-ranking":
                yield return "retrieve";
                break;
            case "text-generation" or "text2text-generation" or "summarization" or "conversational" or "image-text-to-text":
                yield return "generate";
                break;
            case "translation":
                yield return "generate";
                yield return "multilingual";
                break;
            case "":
                break;
            default:
                yield return task;
                break;
        }

        if (words.Contains("code"))
        {
            yield return "code";
        }

        if (languages > 1 || words.Contains("multilingual"))
        {
            yield return "multilingual";
        }
    }

    private static string? Text(JsonObject metadata, string name) =>
        metadata.TryGetPropertyValue(name, out var node) && node is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0 ? text : null;

    private static List<string> Texts(JsonObject metadata, string name) => metadata.TryGetPropertyValue(name, out var node) ? node switch
    {
        JsonArray array => [.. array.OfType<JsonValue>().Select(value => value.TryGetValue<string>(out var text) ? text : null).OfType<string>()],
        JsonValue value when value.TryGetValue<string>(out var text) && text.Length > 0 => [text],
        _ => [],
    } : [];
}
