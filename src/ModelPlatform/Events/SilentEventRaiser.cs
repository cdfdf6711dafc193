using System.Text.Json.Nodes;

namespace ModelPlatform.Events;

/// <summary>For hosts that keep no events: nobody listens.</summary>
internal sealed class SilentEventRaiser : IEventRaiser
{
    public void Raise(string type, string? modelId, JsonObject data)
    {
    }
}
