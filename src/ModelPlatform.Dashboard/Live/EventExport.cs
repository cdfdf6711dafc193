using System.Text.Json;
using ModelPlatform.Client;
using ModelPlatform.Client.Events;

namespace ModelPlatform.Dashboard.Live;

/// <summary>The history of events as a file.</summary>
internal static class EventExport
{
    public static void MapEventExport(this WebApplication app) =>
        app.MapGet("/export/events.json", async (ModelPlatformClient client, string? type, string? model, CancellationToken cancellationToken) =>
        {
            var answer = await client.Events.ListAsync(new EventFilter { Type = type, Model = model }, cancellationToken);
            return answer.TryGet(out var events, out var problem)
                ? Results.File(JsonSerializer.SerializeToUtf8Bytes(events, Indented), "application/json", "events.json")
                : Results.Problem(problem.Error, statusCode: problem.Status ?? StatusCodes.Status502BadGateway);
        });

    private static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web) { WriteIndented = true };
}
