using ModelPlatform.Api.Errors;
using ModelPlatform.Jobs;

namespace ModelPlatform.Api.Jobs;

/// <summary>The switch for all job servers.</summary>
internal static class WorkerControlEndpoint
{
    public static void MapWorkerControl(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/WorkerControl", async (IWorkerControl control, CancellationToken cancellationToken) => TypedResults.Ok(await control.GetAsync(cancellationToken)))
            .WithName("GetWorkerControl")
            .WithSummary("Whether jobs are taken, by which servers, and which hosts asked to wait.");
        routes.MapPost("/WorkerControl", SetAsync)
            .WithName("PostWorkerControl")
            .WithSummary("Take jobs (start), or take no further ones (stop). Running fetches go on.")
            .Produces<WorkerState>();
    }

    private static async Task<IResult> SetAsync(IWorkerControl control, ActionBody body, CancellationToken cancellationToken)
    {
        if (body.Action is not ("start" or "stop"))
        {
            return FieldErrors.Of("action", string.IsNullOrWhiteSpace(body.Action) ? "action is required." : $"Unknown action: {body.Action}. Supported: start, stop");
        }

        await control.SetAsync(body.Action == "start", cancellationToken);
        return TypedResults.Ok(await control.GetAsync(cancellationToken));
    }

    private sealed record ActionBody(string? Action);
}
