using ModelPlatform.Manifests.Trust;

namespace ModelPlatform.Api.Trust;

/// <summary>The trust root's public half, and the rotation of the platform's key.</summary>
internal static class TrustEndpoints
{
    public static void MapTrustKeys(this IEndpointRouteBuilder app) => app
        .MapGet("/v2/trust/keys", (ITrustKeys keys) => TypedResults.Json(keys.Root, TrustJson.Default.TrustRoot))
        .WithName("GetTrustKeys").WithSummary("Whom this registry believes: keys, revocations and how many must sign").WithTags("Trust").Produces<TrustRoot>();

    public static void MapTrustRotation(this IEndpointRouteBuilder app) => app
        .MapPost("/v1/trust/rotate", async (ITrustKeys keys, CancellationToken cancellationToken) => TypedResults.Json(await keys.RotateAsync(cancellationToken), TrustJson.Default.TrustedKey))
        .WithName("RotateTrust").WithSummary("A new platform key, vouched for by the old one").WithTags("Trust").Produces<TrustedKey>();
}
