using System.Text.Json;
using System.Text.Json.Serialization;

namespace ModelPlatform.Plugins.HuggingFace.Hub;

/// <summary>What <c>/api/models/{id}/revision/{rev}</c> answers, as far as it is used. Fields whose shape varies between repositories stay JSON.</summary>
internal sealed record HubRepository
{
    public string? Id { get; init; }

    public string? Sha { get; init; }

    public bool? Private { get; init; }

    /// <summary><c>false</c>, <c>"auto"</c> or <c>"manual"</c>.</summary>
    public JsonElement Gated { get; init; }

    public bool? Disabled { get; init; }

    [JsonPropertyName("pipeline_tag")]
    public JsonElement PipelineTag { get; init; }

    [JsonPropertyName("library_name")]
    public JsonElement LibraryName { get; init; }

    public JsonElement Tags { get; init; }

    public JsonElement CardData { get; init; }

    public JsonElement Config { get; init; }

    public JsonElement Safetensors { get; init; }
}

/// <summary>An entry of <c>/api/models/{id}/tree/{rev}</c>.</summary>
internal sealed record HubTreeEntry
{
    public string? Type { get; init; }

    public string? Path { get; init; }

    /// <summary>A number in a truthful listing; read by hand so that an absurd one is an error that names the file.</summary>
    public JsonElement Size { get; init; }

    public string? Oid { get; init; }

    public HubLfs? Lfs { get; init; }
}

/// <summary>Where git holds a pointer and the file lies elsewhere.</summary>
internal sealed record HubLfs
{
    public string? Oid { get; init; }

    public JsonElement Size { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, MaxDepth = 64)]
[JsonSerializable(typeof(HubRepository))]
[JsonSerializable(typeof(List<HubTreeEntry>))]
internal sealed partial class HubJson : JsonSerializerContext;
