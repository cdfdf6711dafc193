using System.Text.Json.Serialization;

namespace ModelPlatform.Events;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PlatformEvent))]
[JsonSerializable(typeof(IReadOnlyList<PlatformEvent>))]
internal sealed partial class EventsJson : JsonSerializerContext;
