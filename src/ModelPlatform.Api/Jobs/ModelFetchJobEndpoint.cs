using ModelPlatform.Api.Errors;
using ModelPlatform.Jobs;
using ModelPlatform.Sources;

namespace ModelPlatform.Api.Jobs;

/// <summary>Jobs, one or many, and what can be done to one. Deployed clients use the plural: both names are the same resource.</summary>
internal static class ModelFetchJobEndpoint
{
    private const int StandardLimit = 50;
    private const int HighestLimit = 1_000;

    private static readonly Dictionary<string, FetchAction> Actions = Enum.GetValues<FetchAction>().ToDictionary(action => action.ToString().ToLowerInvariant(), StringComparer.Ordinal);
    private static readonly Dictionary<string, FetchStatus> Statuses = Enum.GetValues<FetchStatus>().ToDictionary(status => status.ToString().ToLowerInvariant(), StringComparer.Ordinal);

    public static void MapModelFetchJob(this IEndpointRouteBuilder routes)
    {
        foreach (var path in (string[])["/ModelFetchJob", "/ModelFetchJobs"])
        {
            routes.MapGet(path, GetAsync)
                .WithName($"Get{path[1..]}")
                .WithSummary("One job (id), or the newest jobs, filtered by status and model name.")
                .Produces<FetchJob>();
            routes.MapPost(path, ActAsync)
                .WithName($"Post{path[1..]}")
                .WithSummary("Retry a failed job; cancel, pause or resume one.")
                .Produces<FetchActionOutcome>();
        }
    }

    private static async Task<IResult> GetAsync(IFetchJobs jobs, string? id, string? status, string? modelName, string? limit, CancellationToken cancellationToken)
    {
        if (!string.IsNullOrWhiteSpace(id))
        {
            return await jobs.FindAsync(id, cancellationToken) is { } job ? TypedResults.Ok(job) : new PlatformError(ErrorCode.JobNotFound, $"Job {id} not found").ToProblem();
        }

        var errors = new FieldErrors();
        FetchStatus? wanted = null;
        if (!string.IsNullOrWhiteSpace(status))
        {
            if (Statuses.TryGetValue(status, out var known))
            {
                wanted = known;
            }
            else
            {
                errors.Add("status", $"status must be one of {string.Join(", ", Statuses.Keys)}.");
            }
        }

        var count = StandardLimit;
        if (!string.IsNullOrWhiteSpace(limit) && (!int.TryParse(limit, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out count) || count is < 1 or > HighestLimit))
        {
            errors.Add("limit", $"limit must be from 1 to {HighestLimit}.");
        }

        if (errors.Any)
        {
            return errors.ToProblem();
        }

        var found = await jobs.ListAsync(wanted, string.IsNullOrWhiteSpace(modelName) ? null : modelName, count, cancellationToken);
        return TypedResults.Ok(new JobList(found, found.Count));
    }

    private static async Task<IResult> ActAsync(IFetchJobs jobs, ActionBody body, CancellationToken cancellationToken)
    {
        var errors = new FieldErrors();
        var hasJob = errors.Require("jobId", body.JobId ?? body.Id);
        if (!errors.Require("action", body.Action) || !hasJob)
        {
            return errors.ToProblem();
        }

        if (!Actions.TryGetValue(body.Action, out var action))
        {
            // Deployed clients know this text; what else there is stands beside the field.
            return new ProblemResult(
                new PlatformError(ErrorCode.InvalidRequest, $"Unknown action: {body.Action}. Supported: retry"),
                new Dictionary<string, string[]>(StringComparer.Ordinal) { ["action"] = [$"action must be one of {string.Join(", ", Actions.Keys)}."] });
        }

        var acted = await jobs.ActAsync((body.JobId ?? body.Id)!, action, cancellationToken);
        return acted.TryGet(out var outcome, out var error) ? TypedResults.Ok(outcome) : error.ToProblem();
    }

    private sealed record JobList(IReadOnlyList<FetchJob> Jobs, int Count);

    private sealed record ActionBody(string? JobId, string? Id, string? Action);
}
