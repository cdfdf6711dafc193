using System.ComponentModel.DataAnnotations;

namespace ModelPlatform.Events;

/// <summary>Settings <c>Events:*</c>.</summary>
public sealed class EventOptions
{
    /// <summary>How many events the history keeps.</summary>
    [Range(100, 1_000_000)]
    public int History { get; set; } = 10_000;
}
