using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelPlatform.Plugins.HuggingFace.Variants;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.HuggingFace.Hub;

/// <summary>What a repository says of itself, gathered from its description, its config.json and its README.</summary>
internal sealed class HubFacts
{
    private const int LargestConfig = 1024 * 1024;
    private const int ReadmeStart = 64 * 1024;

    private readonly HubRepository repository;
    private readonly JsonElement config;
    private readonly string? description;

    private HubFacts(HubRepository repository, JsonElement config, string? description) => (this.repository, this.config, this.description) = (repository, config, description);

    /// <summary>Gated or private: readable only with the operator's token.</summary>
    public bool IsGated => repository.Private == true || repository.Gated.ValueKind is JsonValueKind.True or JsonValueKind.String;

    /// <summary>Numbers in the weights, as far as they are declared.</summary>
    public WeightFacts Weights => new(DominantDtype() ?? Text(config, "torch_dtype") ?? Text(config, "dtype"),
        Text(Quantization, "quant_method"), Quantization.TryGet("bits", out var bits) && bits.TryGetInt32(out var count) ? count : null);

    private JsonElement Quantization => config.TryGet("quantization_config", out var own) ? own
        : repository.Config.TryGet("quantization_config", out var described) ? described : default;

    public static async ValueTask<HubFacts> ReadAsync(HubClient hub, HubRepository repository, IReadOnlyList<SourceFile> files, CancellationToken cancellationToken)
    {
        var (reading, readingToo) = (ReadAsync("config.json", LargestConfig), ReadAsync("README.md", ReadmeStart));
        var (config, readme) = (await reading, await readingToo);
        return new HubFacts(repository, ParseObject(config), readme is null ? null : ReadmeText.FirstParagraph(Encoding.UTF8.GetString(readme)));

        // A small extra: where it cannot be had the inspection is poorer, not failed.
        async Task<byte[]?> ReadAsync(string path, int limit) => files.FirstOrDefault(file => file.Path == path) is { Size: > 0 } file
            ? await hub.TryReadSmallAsync(file.Locator, (int)Math.Min(limit, file.Size.Value), cancellationToken)
            : null;
    }

    public JsonObject ToJson()
    {
        var json = new JsonObject();
        Put("description", description);
        Put("pipelineTag", Text(repository.PipelineTag));
        Put("library", Text(repository.LibraryName) ?? Text(repository.CardData, "library_name"));
        Put("license", License());
        Put("architectures", List(config, "architectures") ?? List(repository.Config, "architectures"));
        Put("modelType", Text(config, "model_type") ?? Text(repository.Config, "model_type"));
        if (HiddenSize() is { } hidden)
        {
            json["hiddenSize"] = hidden;
        }

        Put("baseModel", List(repository.CardData, "base_model"));
        Put("tags", List(repository.Tags));
        return json;

        void Put(string name, JsonNode? value)
        {
            if (value is not null)
            {
                json[name] = value;
            }
        }
    }

    private string? License() => Text(repository.CardData, "license") ?? List(repository.CardData, "license")?[0]?.GetValue<string>()
        ?? List(repository.Tags)?.Select(tag => tag!.GetValue<string>()).FirstOrDefault(tag => tag.StartsWith("license:", StringComparison.Ordinal))?["license:".Length..];

    private int? HiddenSize()
    {
        JsonElement[] places = [config, config.TryGet("text_config", out var text) ? text : default, config.TryGet("vision_config", out var vision) ? vision : default];
        foreach (var place in places)
        {
            foreach (var name in (string[])["hidden_size", "d_model", "n_embd", "dim"])
            {
                if (place.TryGet(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var size) && size > 0)
                {
                    return size;
                }
            }
        }

        return null;
    }

    private string? DominantDtype() => repository.Safetensors.TryGet("parameters", out var parameters) && parameters.ValueKind == JsonValueKind.Object
        ? parameters.EnumerateObject().Where(dtype => dtype.Value.ValueKind == JsonValueKind.Number).OrderByDescending(dtype => dtype.Value.GetDouble()).Select(dtype => dtype.Name).FirstOrDefault()
        : null;

    private static JsonElement ParseObject(byte[]? utf8)
    {
        if (utf8 is null)
        {
            return default;
        }

        try
        {
            var reader = new Utf8JsonReader(utf8.AsSpan().StartsWith("\ufeff"u8) ? utf8.AsSpan(3) : utf8);
            return JsonElement.ParseValue(ref reader) is { ValueKind: JsonValueKind.Object } config ? config : default;
        }
        catch (JsonException)
        {
            return default;
        }
    }

    private static string? Text(JsonElement parent, string name) => parent.TryGet(name, out var value) ? Text(value) : null;

    private static string? Text(JsonElement value) => value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 and <= 1000 } text ? text : null;

    private static JsonArray? List(JsonElement parent, string name) => parent.TryGet(name, out var value) ? List(value) : null;

    private static JsonArray? List(JsonElement value)
    {
        var texts = value.ValueKind switch
        {
            JsonValueKind.String => [Text(value)],
            JsonValueKind.Array => value.EnumerateArray().Take(200).Select(Text),
            _ => [],
        };
        var nodes = texts.OfType<string>().Select(text => (JsonNode)text).ToArray();
        return nodes.Length == 0 ? null : new JsonArray(nodes);
    }
}

/// <summary>Reading JSON whose shape nobody promised.</summary>
file static class LooseJson
{
    public static bool TryGet(this JsonElement parent, string name, out JsonElement value)
    {
        value = default;
        return parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out value);
    }
}
