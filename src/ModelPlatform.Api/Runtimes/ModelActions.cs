using System.Text.Json.Nodes;
using ModelPlatform.Api.Errors;
using ModelPlatform.Api.Models;
using ModelPlatform.Registry;
using ModelPlatform.Runtimes;
using ModelPlatform.Sources;

namespace ModelPlatform.Api.Runtimes;

/// <summary>What people do to models that are loaded, or failed to be. Each checks the state first and names what it allows.</summary>
internal sealed class ModelActions(ModelStates states, ModelHostClient host, IModelRegistry registry)
{
    /// <summary>Has the model host do something to a model that is here.</summary>
    public async Task<IResult> DoAsync(ModelReference reference, string action, JsonObject? configuration, CancellationToken cancellationToken)
    {
        if (await states.FindAsync(reference, cancellationToken) is not { } state)
        {
            return new PlatformError(ErrorCode.ModelNotFound, $"There is no model {reference}.").ToProblem();
        }

        if (!state.IsHere)
        {
            return (ModelLifecycle.Refuse(state.Id, state.Lifecycle, action == "configure" ? ModelLifecycle.Infer : action) ?? new PlatformError(ErrorCode.InvalidState, $"{state.Id} is not here.")).ToProblem();
        }

        var id = new ModelId(state.ModelName, state.ModelVersion);
        return (await host.AskAsync(action, id, new LoadOrder { Configuration = configuration }, cancellationToken)).TryGet(out _, out var error)
            ? await AnswerAsync(id, cancellationToken)
            : error.ToProblem();
    }

    /// <summary>ERROR → NOT_DOWNLOADED: what is here of the model goes, and can be fetched again.</summary>
    public async Task<IResult> ResetAsync(ModelReference reference, CancellationToken cancellationToken)
    {
        if (await states.FindAsync(reference, cancellationToken) is not { } state)
        {
            return new PlatformError(ErrorCode.ModelNotFound, $"There is no model {reference}.").ToProblem();
        }

        if (ModelLifecycle.Refuse(state.Id, state.Lifecycle, ModelLifecycle.Reset) is { } refusal)
        {
            return refusal.ToProblem();
        }

        var id = new ModelId(state.ModelName, state.ModelVersion);
        var entry = await registry.FindAsync(new ModelReference(id.Name, id.Version, null), cancellationToken);
        if (entry is { Card: { IsUploaded: true } or { Origin: null } })
        {
            return new PlatformError(ErrorCode.InvalidState, $"{id} was uploaded, so no source can give it again: load it again, or DELETE it if it is really to go.").ToProblem();
        }

        if (!(await host.AskAsync("forget", id, null, cancellationToken, flag: "reset")).TryGet(out _, out var error))
        {
            return error.ToProblem();
        }

        if (entry is not null)
        {
            await registry.DeleteAsync(id, cancellationToken);
        }

        return await AnswerAsync(id, cancellationToken);
    }

    /// <summary>Frees a model that is about to be deleted.</summary>
    /// <returns>InvalidState while it is being loaded; null where nothing stands in the way.</returns>
    public async Task<PlatformError?> ReleaseAsync(ModelId id, CancellationToken cancellationToken)
    {
        // Where the model host is away nothing is loaded; when it comes back it finds the model gone.
        return (await states.FindRuntimeAsync(id, cancellationToken)) is null || (await host.AskAsync("forget", id, null, cancellationToken)) is not { Error: { Code: not ErrorCode.ConnectionFailed } error } ? null : error;
    }

    private async Task<IResult> AnswerAsync(ModelId id, CancellationToken cancellationToken) =>
        TypedResults.Ok(await states.FindAsync(new ModelReference(id.Name, id.Version, null), cancellationToken) ?? ModelState.Unknown(id));
}
