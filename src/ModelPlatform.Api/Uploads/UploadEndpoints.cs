using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using ModelPlatform.Api.Errors;
using ModelPlatform.Integrity;
using ModelPlatform.Jobs;
using ModelPlatform.Registry;
using ModelPlatform.Sources;

namespace ModelPlatform.Api.Uploads;

/// <summary><c>POST /UploadModelBlob</c>: a model of one file, sent as the body.</summary>
internal static class UploadEndpoints
{
    public static void MapUploads(this IEndpointRouteBuilder app) => app
        .MapPost("/UploadModelBlob", UploadAsync)
        .WithName("UploadModelBlob").WithSummary("Stores the body as a model of one file: chunked, hashed and published like a fetch").WithTags("Models")
        .Accepts<Stream>("application/octet-stream", "*/*");

    private static async Task<Results<Ok<UploadedModel>, ProblemResult>> UploadAsync(
        HttpContext context,
        ModelUpload upload,
        IModelRegistry registry,
        IOptions<ModelFetchOptions> limits,
        string? modelName,
        string? modelVersion,
        string? framework,
        string? stage,
        string? expectedSha256)
    {
        var cancel = context.RequestAborted;
        if (Check(modelName, modelVersion, stage, expectedSha256) is { } invalid)
        {
            return invalid;
        }

        if (framework is not null && !FetchJobRules.Frameworks.Contains(framework))
        {
            return new PlatformError(ErrorCode.UnsupportedFramework, "This framework is not supported. Known: " + string.Join(", ", FetchJobRules.Frameworks.Order(StringComparer.Ordinal)) + ".").ToProblem();
        }

        var id = new ModelId(modelName!, modelVersion ?? ModelId.DefaultVersion);
        if (await registry.FindCaseClashAsync(id, cancel) is { } clash)
        {
            return new PlatformError(ErrorCode.ModelNameConflict, $"The name {id.Name} differs only in case from {clash.Name}, which is in use.").ToProblem();
        }

        var limit = limits.Value.MaxFileSize;
        if (context.Request.ContentLength > limit)
        {
            return new PlatformError(ErrorCode.FileTooLarge, $"The body has {context.Request.ContentLength} bytes, more than MODEL_FETCH_MAX_FILE_SIZE ({limit}).").ToProblem();
        }

        // Its own limit is the one that counts: read while the bytes arrive.
        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = null;
        Sha256Digest? expected = expectedSha256 is null ? null : Sha256Digest.Parse(expectedSha256);
        var published = await upload.ReceiveAsync(new UploadRequest(id, framework, stage ?? FirstStage, expected, limit), context.Request.Body, cancel);
        return published.TryGet(out var entry, out var error)
            ? TypedResults.Ok(new UploadedModel(true, entry.Id.ToString(), entry.Size))
            : error.ToProblem();
    }

    private const string FirstStage = "development";

    private static ProblemResult? Check(string? name, string? version, string? stage, string? expectedSha256)
    {
        var errors = new FieldErrors();
        if (errors.Require("modelName", name) && !ModelId.IsValidName(name))
        {
            errors.Add("modelName", "modelName must be one or two segments of letters, digits, '.', '_' and '-', none of them a reserved word.");
        }

        if (version is not null && !ModelId.IsValidVersion(version))
        {
            errors.Add("modelVersion", "modelVersion must be up to 128 letters, digits, '.', '_' and '-'.");
        }

        if (stage is not null && !FetchJobRules.Stages.Contains(stage))
        {
            errors.Add("stage", "stage must be development, staging or production.");
        }

        if (expectedSha256 is not null && !Sha256Digest.TryParse(expectedSha256, out _))
        {
            errors.Add("expectedSha256", "expectedSha256 must be 64 hex digits.");
        }

        return errors.Any ? errors.ToProblem() : null;
    }
}

/// <summary>What an upload became.</summary>
/// <param name="Success">Always true.</param>
/// <param name="Id"><c>name:version</c>.</param>
/// <param name="Size">Bytes.</param>
internal sealed record UploadedModel(bool Success, string Id, long Size);
