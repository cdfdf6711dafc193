using System.Text.Json.Serialization;

namespace ModelPlatform.Plugins;

/// <summary>What one process tells the others of its plugins.</summary>
/// <param name="Sequence">The last command it has carried out.</param>
/// <param name="Plugins">Its plugins.</param>
internal sealed record PluginReport(long Sequence, IReadOnlyList<PluginStatus> Plugins);

[JsonSourceGenerationOptions(UseStringEnumConverter = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PluginReport))]
internal sealed partial class PluginReportJson : JsonSerializerContext;
