using System.Text.Json;
using ModelPlatform.Api.Errors;
using ModelPlatform.Manifests.Trust;

namespace ModelPlatform.Api.Trust;

/// <summary>The trust root's public half, and the rotation of the platform's key.</summary>
internal static class TrustEndpoints
{
    public static void MapTrustKeys(this IEndpointRouteBuilder app) => app
        .MapGet("/v2/trust/keys", (ITrustKeys keys) => TypedResults.Json(keys.Root, TrustJson.Default.TrustRoot))
        .WithName("GetTrustKeys").WithSummary("Whom this registry believes: keys, revocations and how many must sign").WithTags("Trust").Produces<TrustRoot>();

    /// <summary>Rotation is a delegation by a key the root already names; a new root needs as many signatures as the old one says.</summary>
    public static void MapTrustRotation(this IEndpointRouteBuilder app)
    {
        app.MapPost("/v1/trust/rotate", async (ITrustKeys keys, CancellationToken cancellationToken) => TypedResults.Json(await keys.RotateAsync(cancellationToken), TrustJson.Default.TrustedKey))
            .WithName("RotateTrust").WithSummary("A new platform key, vouched for by the old one").WithTags("Trust").Produces<TrustedKey>();
        app.MapPut("/v1/trust/root", ReplaceAsync)
            .WithName("ReplaceTrustRoot").WithSummary("A new trust root, signed by thresholdSignaturesRequired keys of the old one that may delegate").WithTags("Trust")
            .Accepts<SignedTrustRoot>("application/json").Produces<TrustRoot>();
    }

    private static async Task<IResult> ReplaceAsync(HttpRequest request, ITrustKeys keys, CancellationToken cancellationToken)
    {
        SignedTrustRoot? replacement;
        try
        {
            replacement = await request.ReadFromJsonAsync(TrustJson.Default.SignedTrustRoot, cancellationToken);
        }
        catch (JsonException exception)
        {
            return FieldErrors.Of("root", $"The body must hold root, replaces and signatures: {exception.Message}");
        }

        return replacement is null
            ? FieldErrors.Of("root", "The body must hold root, replaces and signatures.")
            : (await keys.ReplaceAsync(replacement, cancellationToken)).TryGet(out var root, out var error) ? TypedResults.Json(root, TrustJson.Default.TrustRoot) : error.ToProblem();
    }
}
