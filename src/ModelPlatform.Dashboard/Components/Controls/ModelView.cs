using System.Text.Json.Nodes;
using ModelPlatform.Client.Jobs;
using ModelPlatform.Client.Models;
using ModelPlatform.Dashboard.Live;

namespace ModelPlatform.Dashboard.Components.Controls;

/// <summary>A model as lists show it: what list, catalog, states and running jobs know of it, put together.</summary>
public sealed record ModelView
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required string Version { get; init; }

    public string? Type { get; init; }

    public string? Tier { get; init; }

    public string? Framework { get; init; }

    public string? Stage { get; init; }

    public string Status { get; init; } = "downloaded";

    public string? Health { get; init; }

    public string? Description { get; init; }

    public IReadOnlyList<string> Tags { get; init; } = [];

    public long Size { get; init; }

    public long MemoryRequirement { get; init; }

    public DateTimeOffset? At { get; init; }

    /// <summary>The fetch that is under way for it.</summary>
    public FetchJob? Job { get; init; }

    public IEnumerable<string> Chips => new[] { Framework, Tier, Stage }.Concat(Tags).Where(text => !string.IsNullOrEmpty(text)).Distinct(StringComparer.OrdinalIgnoreCase).Take(6)!;

    internal static IReadOnlyList<ModelView> From(PlatformSnapshot snapshot)
    {
        var catalog = (snapshot.Catalog.Value?.Models ?? []).GroupBy(row => row.Id).ToDictionary(group => group.Key, group => group.First());
        var states = (snapshot.States.Value ?? []).GroupBy(state => state.Id).ToDictionary(group => group.Key, group => group.First());
        var jobs = snapshot.Jobs.Values.Where(job => !job.Status.IsFinal()).GroupBy(job => job.ModelId).ToDictionary(group => group.Key, group => group.First());
        var views = new Dictionary<string, ModelView>(StringComparer.Ordinal);
        foreach (var model in snapshot.Models.Value ?? [])
        {
            var row = catalog.GetValueOrDefault(model.Id);
            views[model.Id] = new ModelView
            {
                Id = model.Id, Name = model.ModelName, Version = model.ModelVersion, Type = row?.Type, Tier = row?.Tier, Framework = model.Framework ?? row?.Framework, Stage = model.Stage,
                Description = Text(model.Metadata, "description"), Tags = Texts(model.Metadata, "tags"), Size = model.BlobSize, MemoryRequirement = row?.MemoryRequirement ?? 0, At = model.UploadedAt,
            };
        }

        foreach (var (id, job) in jobs)
        {
            views[id] = (views.GetValueOrDefault(id) ?? new ModelView
            {
                Id = id, Name = job.ModelName, Version = job.ModelVersion, Framework = job.Framework, Stage = job.Stage, Size = job.TotalBytes ?? 0, At = job.CreatedAt,
                Description = Text(job.InferredMetadata, "description") ?? $"From {job.Source}: {job.SourceReference}",
            }) with
            { Job = job, Status = "downloading" };
        }

        foreach (var (id, state) in states)
        {
            if (views.TryGetValue(id, out var view))
            {
                views[id] = view with { Status = view.Job is null ? state.Status ?? view.Status : view.Status, Health = state.Health };
            }
            else if (id.LastIndexOf(':') is > 0 and var colon)
            {
                views[id] = new ModelView { Id = id, Name = id[..colon], Version = id[(colon + 1)..], Status = state.Status ?? "not_downloaded", Health = state.Health };
            }
        }

        return [.. views.Values];
    }

    private static string? Text(JsonObject? metadata, string name) => metadata?[name] is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0 ? text : null;

    private static List<string> Texts(JsonObject? metadata, string name) =>
        metadata?[name] is JsonArray array ? [.. array.OfType<JsonValue>().Select(value => value.TryGetValue<string>(out var text) ? text : null).OfType<string>()] : [];
}
