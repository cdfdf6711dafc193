using ModelPlatform.Api.Errors;
using ModelPlatform.Api.Routing;
using ModelPlatform.Jobs;

namespace ModelPlatform.Api.Jobs;

/// <summary>Asking for a model.</summary>
internal static class FetchModelEndpoint
{
    /// <summary>Seconds after which it is worth looking at a new job.</summary>
    private const string LookAgainAfter = "1";

    public static void MapFetchModel(this IEndpointRouteBuilder routes) => routes.MapPost("/FetchModel", CreateAsync)
        .WithName("FetchModel")
        .WithSummary("Fetch a model. The answer is a job, the job already active for the model, or the model already stored from the same source.")
        .Produces<Accepted>(StatusCodes.Status202Accepted)
        .Produces<Accepted>();

    private static async Task<IResult> CreateAsync(FetchModelBody body, IFetchJobs jobs, PublicAddress address, HttpContext context, CancellationToken cancellationToken)
    {
        var errors = new FieldErrors();
        if (body.Read(errors) is not { } request)
        {
            return errors.ToProblem();
        }

        var created = await jobs.CreateAsync(request, cancellationToken);
        if (!created.TryGet(out var ticket, out var error))
        {
            return error.ToProblem();
        }

        if (ticket.JobId is null)
        {
            return TypedResults.Ok(new Existing(ticket.Message, ticket.ModelId, true));
        }

        var location = $"{address.Of(context.Request)}/ModelFetchJob?id={ticket.JobId}";
        context.Response.Headers.RetryAfter = LookAgainAfter;
        if (ticket.Existing)
        {
            context.Response.Headers.Location = location;
            return TypedResults.Ok(new Accepted(ticket.JobId, ticket.Status, ticket.Message, ticket.ModelId, true));
        }

        return TypedResults.Accepted(location, new Accepted(ticket.JobId, ticket.Status, ticket.Message, ticket.ModelId, null));
    }

    private sealed record Accepted(
        string JobId, FetchStatus Status, string Message, string ModelId,
        [property: System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)] bool? Existing);

    private sealed record Existing(string Message, string ModelId, [property: System.Text.Json.Serialization.JsonPropertyName("existing")] bool IsExisting);
}
