using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelPlatform.Fetching;
using ModelPlatform.Registry;

namespace ModelPlatform.Jobs;

/// <summary>The card of a fetched model: the source's metadata, overlaid by the caller's, and where it came from.</summary>
internal static class FetchedModelCard
{
    public static ModelCard For(FetchJobRequest request, FetchedModel model, DateTimeOffset now)
    {
        var metadata = (JsonObject)model.Inspection.Metadata.DeepClone();
        foreach (var (name, value) in request.Metadata)
        {
            metadata[name] = value?.DeepClone();
        }

        metadata["fetchSource"] = model.Source.Source;
        metadata["fetchReference"] = model.Source.Reference.Reference;
        metadata["fetchVariant"] = request.Variant ?? model.Variant.Name;
        metadata["fetchedAt"] = now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        return new ModelCard
        {
            Stage = request.Stage,
            Tags = metadata["tags"] is JsonArray tags ? [.. tags.Where(tag => tag?.GetValueKind() == JsonValueKind.String).Select(tag => tag!.GetValue<string>())] : [],
            IsGated = model.Inspection.IsGated,
            Origin = request.Origin,
            Metadata = metadata,
            PublishedAt = now,
        };
    }
}
