using ModelPlatform.Plugins;

namespace ModelPlatform.Api.Plugins;

/// <summary>One version of one plugin in one process.</summary>
internal sealed record PluginView(string Id, string Version, string State, string? Reason, IReadOnlyList<string> Sources, string Process, string? Example, int Operations)
{
    public static PluginView Of(PluginStatus status) =>
        new(status.Id, status.Version, status.State.ToString().ToLowerInvariant(), status.Reason, status.Sources, status.Process, status.Example, status.Operations);
}
