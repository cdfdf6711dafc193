namespace ModelPlatform.Jobs.Webhooks;

/// <summary>How deliveries went.</summary>
public interface IWebhookDeliveries
{
    /// <summary>The newest deliveries, newest first.</summary>
    Task<IReadOnlyList<WebhookDelivery>> ListAsync(int limit, CancellationToken cancellationToken);
}
