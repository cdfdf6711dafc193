using ModelPlatform.Jobs.Webhooks;

namespace ModelPlatform.Api.Webhooks;

/// <summary>What became of webhooks.</summary>
internal static class WebhooksResource
{
    private const int Shown = 100;

    public static void MapWebhooks(this IEndpointRouteBuilder routes) => routes.MapGet("/v1/webhooks/deliveries", ListAsync)
        .WithName("GetWebhookDeliveries")
        .WithSummary("The newest webhook deliveries with every try.");

    private static async Task<IResult> ListAsync(IWebhookDeliveries webhooks, CancellationToken cancellationToken)
    {
        var found = await webhooks.ListAsync(Shown, cancellationToken);
        return TypedResults.Ok(new DeliveryList(found, found.Count));
    }

    private sealed record DeliveryList(IReadOnlyList<WebhookDelivery> Deliveries, int Count);
}
