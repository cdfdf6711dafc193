using ModelPlatform.Api.Errors;
using ModelPlatform.Api.Runtimes;
using ModelPlatform.Registry;
using ModelPlatform.Sources;

namespace ModelPlatform.Api.Models;

/// <summary><c>/v1/models</c>: registering, changing, pinning, naming and deleting models.</summary>
internal static class ManagedModelEndpoints
{
    private static readonly string[] Stages = ["development", "staging", "production"];
    private const int MostTags = 100;
    private const int LongestTag = 128;

    public static void AddModelStates(this IHostApplicationBuilder builder) => builder.Services.AddSingleton<ModelStates>();

    public static void MapManagedModels(this IEndpointRouteBuilder app)
    {
        var models = app.MapGroup("/v1/models").WithTags("Models");
        models.MapGet("", async (ModelStates states, CancellationToken cancel) => TypedResults.Ok(await states.ListAsync(cancel)))
            .WithName("ListModelStates").WithSummary("Status of every model, also of those registered but not downloaded");
        models.MapGet("/{id}", FindAsync).WithName("GetModelState").WithSummary("Status of one model").Produces<ModelState>();
        models.MapPut("/{id}", RegisterAsync).WithName("RegisterModel").WithSummary("Registers a model before it is downloaded").Produces<ModelState>();
        models.MapPatch("/{id}", ChangeAsync).WithName("ChangeModel").WithSummary("Changes stage or tags").Produces<ModelState>();
        models.MapDelete("/{id}", DeleteAsync).WithName("DeleteModel").WithSummary("Deletes a model; its chunks stay until garbage collection").Produces<Deleted>();
        models.MapPut("/{id}/pin", (ModelId id, IModelRegistry registry, ModelStates states, CancellationToken cancel) => PinAsync(id, true, registry, states, cancel))
            .WithName("PinModel").WithSummary("Keeps a model from ever being evicted").Produces<ModelState>();
        models.MapDelete("/{id}/pin", (ModelId id, IModelRegistry registry, ModelStates states, CancellationToken cancel) => PinAsync(id, false, registry, states, cancel))
            .WithName("UnpinModel").WithSummary("Lets a model be evicted again").Produces<ModelState>();
        models.MapPut("/{id}/aliases/{alias}", SetAliasAsync).WithName("SetAlias").WithSummary("Lets name@alias stand for a version").Produces<AliasSet>();
        models.MapDelete("/{id}/aliases/{alias}", RemoveAliasAsync).WithName("RemoveAlias").WithSummary("Forgets an alias").Produces(StatusCodes.Status204NoContent);
    }

    private static async Task<IResult> FindAsync(ModelReference id, ModelStates states, CancellationToken cancellationToken) =>
        await states.FindAsync(id, cancellationToken) is { } state ? TypedResults.Ok(state) : NoModel(id.ToString());

    private static async Task<IResult> RegisterAsync(ModelId id, RegistrationBody body, IModelRegistrations registrations, ModelStates states, CancellationToken cancellationToken)
    {
        var errors = new FieldErrors();
        if (errors.Require("modelType", body.ModelType) && !ModelTypes.All.Contains(body.ModelType))
        {
            errors.Add("modelType", $"modelType must be one of {string.Join(", ", ModelTypes.All)}.");
        }

        errors.Require("repoId", body.RepoId);
        if (body.TotalSizeEstimate < 0)
        {
            errors.Add("totalSizeEstimate", "totalSizeEstimate must not be negative.");
        }

        if (body.FileCountEstimate < 0)
        {
            errors.Add("fileCountEstimate", "fileCountEstimate must not be negative.");
        }

        if (errors.Any)
        {
            return errors.ToProblem();
        }

        var existed = await registrations.FindAsync(id, cancellationToken) is not null;
        var put = await registrations.PutAsync(
            id,
            new ModelRegistration
            {
                ModelType = body.ModelType!,
                RepoId = body.RepoId!,
                Description = body.Description,
                TotalSizeEstimate = body.TotalSizeEstimate,
                FileCountEstimate = body.FileCountEstimate,
            },
            cancellationToken);
        if (!put.TryGet(out _, out var error))
        {
            return error.ToProblem();
        }

        var state = await states.FindAsync(new ModelReference(id.Name, id.Version, null), cancellationToken);
        return existed ? TypedResults.Ok(state) : TypedResults.Created($"/v1/models/{id}", state);
    }

    private static async Task<IResult> ChangeAsync(ModelId id, ChangeBody body, IModelRegistry registry, ModelStates states, CancellationToken cancellationToken)
    {
        var errors = new FieldErrors();
        if (body.Stage is not null && !Stages.Contains(body.Stage))
        {
            errors.Add("stage", $"stage must be one of {string.Join(", ", Stages)}.");
        }

        if (body.Tags is { } tags && (tags.Count > MostTags || tags.Any(tag => string.IsNullOrWhiteSpace(tag) || tag.Length > LongestTag)))
        {
            errors.Add("tags", $"tags must be at most {MostTags} texts of 1 to {LongestTag} characters.");
        }

        if (body is { Stage: null, Tags: null })
        {
            errors.Add("body", "Give stage or tags.");
        }

        return errors.Any
            ? errors.ToProblem()
            : await UpdateAsync(id, card => card with { Stage = body.Stage ?? card.Stage, Tags = body.Tags?.Distinct(StringComparer.Ordinal).ToList() ?? card.Tags }, registry, states, cancellationToken);
    }

    private static Task<IResult> PinAsync(ModelId id, bool pinned, IModelRegistry registry, ModelStates states, CancellationToken cancellationToken) =>
        UpdateAsync(id, card => card with { IsPinned = pinned }, registry, states, cancellationToken);

    private static async Task<IResult> UpdateAsync(ModelId id, Func<ModelCard, ModelCard> change, IModelRegistry registry, ModelStates states, CancellationToken cancellationToken) =>
        (await registry.UpdateCardAsync(id, change, cancellationToken)).TryGet(out _, out var error)
            ? TypedResults.Ok(await states.FindAsync(new ModelReference(id.Name, id.Version, null), cancellationToken))
            : error.ToProblem();

    private static async Task<IResult> DeleteAsync(ModelId id, bool? unregister, IModelRegistry registry, IModelRegistrations registrations, ModelActions actions, CancellationToken cancellationToken)
    {
        if (await actions.ReleaseAsync(id, cancellationToken) is { } refusal)
        {
            return refusal.ToProblem();
        }

        var deleted = await registry.DeleteAsync(id, cancellationToken);
        if (!deleted.IsSuccess && deleted.Error.Code is not ErrorCode.ModelNotFound)
        {
            return deleted.Error.ToProblem();
        }

        var unregistered = unregister is true && await registrations.RemoveAsync(id, cancellationToken);
        if (!deleted.IsSuccess && !unregistered)
        {
            return deleted.Error.ToProblem();
        }

        var isRegistered = unregister is not true && await registrations.FindAsync(id, cancellationToken) is not null;
        return TypedResults.Ok(new Deleted(id.ToString(), isRegistered ? ModelState.NotDownloaded : "deleted", isRegistered));
    }

    private static async Task<IResult> SetAliasAsync(ModelReference id, string alias, AliasBody body, IModelAliases aliases, CancellationToken cancellationToken)
    {
        var errors = new FieldErrors();
        if (id.Version is not null || id.Alias is not null)
        {
            errors.Add("id", "An alias belongs to a name: leave the version out of the path.");
        }

        if (!ModelId.IsValidVersion(alias))
        {
            errors.Add("alias", "alias must have the form of a version: letters, digits, dots, underscores and dashes.");
        }

        if (errors.Require("version", body.Version) && !ModelId.IsValidVersion(body.Version))
        {
            errors.Add("version", "version is not one.");
        }

        if (errors.Any)
        {
            return errors.ToProblem();
        }

        return (await aliases.SetAsync(new ModelId(id.Name, body.Version!), alias, cancellationToken)).TryGet(out var model, out var error)
            ? TypedResults.Ok(new AliasSet(model.Name, alias, model.Version))
            : error.ToProblem();
    }

    private static async Task<IResult> RemoveAliasAsync(ModelReference id, string alias, IModelAliases aliases, CancellationToken cancellationToken) =>
        (await aliases.RemoveAsync(id.Name, alias, cancellationToken)).TryGet(out _, out var error) ? TypedResults.NoContent() : error.ToProblem();

    private static ProblemResult NoModel(string id) => new PlatformError(ErrorCode.ModelNotFound, $"There is no model {id}.").ToProblem();

    private sealed record RegistrationBody(string? ModelType, string? RepoId, string? Description, long? TotalSizeEstimate, int? FileCountEstimate);

    private sealed record ChangeBody(string? Stage, IReadOnlyList<string>? Tags);

    private sealed record AliasBody(string? Version);

    private sealed record AliasSet(string Name, string Alias, string Version);

    private sealed record Deleted(string Id, string Status, bool Registered);
}
