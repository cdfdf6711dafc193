using System.Text.Json.Nodes;

namespace ModelPlatform.Events;

/// <summary>Says that something happened, for rooms whose own work must neither wait for the telling nor fail over it.</summary>
/// <remarks>
/// An event waits in memory until Redis has it, so one raised while Redis is away arrives late, and one whose process dies before that is lost. Where an event must be there
/// exactly if something else is, as with jobs, it belongs in the same Redis transaction instead.
/// </remarks>
public interface IEventRaiser
{
    /// <summary>Raises an event and returns at once.</summary>
    /// <param name="type">One of <see cref="EventTypes"/>, or a plugin's own word.</param>
    /// <param name="modelId">The model it is about, <c>name:version</c>; null where it is about none.</param>
    /// <param name="data">What else there is to know. Never a token.</param>
    void Raise(string type, string? modelId, JsonObject data);
}
