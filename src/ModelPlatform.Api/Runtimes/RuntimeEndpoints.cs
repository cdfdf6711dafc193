using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Features;
using ModelPlatform.Api.Errors;
using ModelPlatform.Api.Models;
using ModelPlatform.Registry;
using ModelPlatform.Runtimes;
using ModelPlatform.Sources;

namespace ModelPlatform.Api.Runtimes;

/// <summary>Loading, running and unloading models: <c>/v1/models/{id}/…</c>.</summary>
internal static class RuntimeEndpoints
{
    private const long DefaultInputBytes = 64 * 1024 * 1024;

    public static void AddRuntimes(this IHostApplicationBuilder builder)
    {
        builder.AddRuntimeRecords();
        builder.Services.AddSingleton<ModelHostClient>();
        builder.Services.AddSingleton<ModelDownload>();
        builder.Services.AddSingleton<ModelActions>();
        builder.Services.AddSingleton(new InputLimit(builder.Configuration.GetValue("Runtimes:MaxInputBytes", DefaultInputBytes)));
    }

    public static void MapRuntimes(this IEndpointRouteBuilder app)
    {
        var models = app.MapGroup("/v1/models/{id}").WithTags("Runtimes");
        models.MapPost("/load", LoadAsync).WithName("LoadModel").WithSummary("Takes a model into memory; downloads it first where it is not here")
            .Produces<ModelState>().Produces<LoadLater>(StatusCodes.Status202Accepted);
        models.MapPost("/unload", (ModelReference id, ModelActions actions, CancellationToken cancel) => actions.DoAsync(id, ModelLifecycle.Unload, null, cancel))
            .WithName("UnloadModel").WithSummary("Frees a model's memory").Produces<ModelState>();
        models.MapPost("/reload", (ModelReference id, ModelActions actions, CancellationToken cancel) => actions.DoAsync(id, ModelLifecycle.Reload, null, cancel))
            .WithName("ReloadModel").WithSummary("Takes a model into memory anew").Produces<ModelState>();
        models.MapPost("/reset", (ModelReference id, ModelActions actions, CancellationToken cancel) => actions.ResetAsync(id, cancel))
            .WithName("ResetModel").WithSummary("Leaves an error behind: the model reads not_downloaded").Produces<ModelState>();
        models.MapPatch("/config", (ModelReference id, JsonObject body, ModelActions actions, CancellationToken cancel) => actions.DoAsync(id, "configure", body, cancel))
            .WithName("ConfigureModel").WithSummary("Changes how a model is loaded and run, without loading it again where the runtime can").Produces<ModelState>();
        models.MapGet("/health", HealthAsync).WithName("GetModelHealth").WithSummary("Health of a model, with the last looks at it; looks at once with now=true").Produces<ModelHealthReport>();
        models.MapPost("/infer", InferAsync).WithName("InferModel").WithSummary("Runs a loaded model: tensors as JSON, or one input as raw bytes with name, dtype and shape")
            .Accepts<InferenceBody>("application/json", "application/octet-stream").Produces<InferenceAnswer>();
    }

    private static async Task<IResult> LoadAsync(
        ModelReference id, LoadBody? body, ModelStates states, ModelDownload download, ModelHostClient host, CancellationToken cancellationToken)
    {
        var state = await states.FindAsync(id, cancellationToken);
        if (id.Alias is not null && state is null)
        {
            return new PlatformError(ErrorCode.ModelNotFound, $"There is no model {id}.").ToProblem();
        }

        var (model, given) = (state is null ? new ModelId(id.Name, id.Version ?? ModelId.DefaultVersion) : new ModelId(state.ModelName, state.ModelVersion), body ?? new LoadBody(null, null, null, null, null, null));
        var order = new LoadOrder { Configuration = given.Config, Preload = given.Preload is true };
        if (state is { IsHere: true })
        {
            var loaded = await host.AskAsync("load", model, order, cancellationToken);
            return !loaded.TryGet(out _, out var error) ? error.ToProblem()
                : order.Preload ? TypedResults.Accepted($"/v1/models/{model}", new LoadLater(model.ToString(), ModelLifecycle.Word(ModelStatus.Loading), null, "The model is being loaded."))
                : TypedResults.Ok(await states.FindAsync(new ModelReference(model.Name, model.Version, null), cancellationToken));
        }

        if (!(await download.BeginAsync(model, given, cancellationToken)).TryGet(out var ticket, out var refusal))
        {
            return refusal.ToProblem();
        }

        var noted = await host.AskAsync("load", model, order with { Preload = false, WhenDownloaded = true }, cancellationToken);
        return noted.IsSuccess
            ? TypedResults.Accepted($"/v1/models/{model}", new LoadLater(model.ToString(), ModelState.Downloading, ticket.JobId, "The model is being downloaded; it is loaded as soon as it is here."))
            : noted.Error.ToProblem();
    }

    private static async Task<IResult> HealthAsync(ModelReference id, bool? now, ModelStates states, ModelHostClient host, IRuntimeRecords records, CancellationToken cancellationToken)
    {
        if (await states.FindAsync(id, cancellationToken) is not { } state)
        {
            return new PlatformError(ErrorCode.ModelNotFound, $"There is no model {id}.").ToProblem();
        }

        var record = await records.FindAsync(state.Id, cancellationToken);
        var health = state.Health;
        if (now is true)
        {
            if (!(await host.AskAsync("check", new ModelId(state.ModelName, state.ModelVersion), null, cancellationToken)).TryGet(out record, out var error))
            {
                return error.ToProblem();
            }

            health = record.Health.ToString().ToLowerInvariant();
        }

        var last = record is { Instance: not null, History: [var newest, ..] } ? newest : null;
        return TypedResults.Ok(new ModelHealthReport(state.Id, record is null ? state.Status : ModelLifecycle.Word(record.Status), health, last?.At.UtcDateTime, last?.Milliseconds, record?.History ?? []));
    }

    private static async Task<IResult> InferAsync(ModelReference id, HttpContext context, IModelRegistry registry, ModelHostClient host, InputLimit limit)
    {
        var stop = context.RequestAborted;
        if (context.Request.ContentLength > limit.Bytes)
        {
            return new PlatformError(ErrorCode.FileTooLarge, $"The inputs have {context.Request.ContentLength} bytes, more than Runtimes:MaxInputBytes {limit.Bytes}.").ToProblem();
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = limit.Bytes;
        }

        // A version that is named needs no look-up: the model host knows what it has loaded.
        var model = id.Version is not null ? new ModelId(id.Name, id.Version) : (await registry.FindAsync(id, stop))?.Id;
        if (model is null)
        {
            return new PlatformError(ErrorCode.ModelNotFound, $"There is no model {id}.").ToProblem();
        }

        if (!(await host.InferAsync(model.Value, context.Request, stop)).TryGet(out var response, out var error))
        {
            return error.ToProblem();
        }

        return new PassedOn(response);
    }

    /// <summary>An answer of the model host on its way to the caller.</summary>
    private sealed class PassedOn(HttpResponseMessage response) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            using (response)
            {
                httpContext.Response.ContentType = response.Content.Headers.ContentType?.ToString();
                httpContext.Response.ContentLength = response.Content.Headers.ContentLength;
                try
                {
                    await response.Content.CopyToAsync(httpContext.Response.Body, httpContext.RequestAborted);
                }
                catch (Exception exception) when (exception is HttpRequestException or IOException)
                {
                    // The model host ended in the middle of its answer: so does this one, and the caller sees that it is not whole.
                    httpContext.Abort();
                }
            }
        }
    }
}

/// <summary>The most bytes of an inference's inputs.</summary>
internal sealed record InputLimit(long Bytes);

/// <summary>A load that goes on behind the scenes.</summary>
internal sealed record LoadLater(string Id, string Status, string? JobId, string Message);

/// <summary>Health of a model.</summary>
internal sealed record ModelHealthReport(string Id, string Status, string Health, DateTime? CheckedAt, double? Milliseconds, IReadOnlyList<HealthEntry> History);

/// <summary>Inputs of an inference, as the description of the API shows them.</summary>
internal sealed record InferenceBody(IReadOnlyDictionary<string, TensorBody> Inputs);

/// <summary>Outputs of an inference, as the description of the API shows them.</summary>
internal sealed record InferenceAnswer(IReadOnlyDictionary<string, TensorBody> Outputs, double Milliseconds);

/// <summary>A tensor.</summary>
internal sealed record TensorBody(string Dtype, IReadOnlyList<long> Shape, IReadOnlyList<double> Data);
