using System.Text.Json;
using System.Text.Json.Serialization;
using ModelPlatform.Sources.Runtimes;

namespace ModelPlatform.Runtimes;

/// <summary>healthy, degraded, unhealthy, unknown. The enumeration belongs to the contract with plugins, which knows no JSON.</summary>
internal sealed class ModelHealthJsonConverter() : JsonStringEnumConverter<ModelHealth>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false);
