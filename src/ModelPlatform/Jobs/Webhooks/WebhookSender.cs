using System.Globalization;
using System.Net.Http.Headers;
using Hangfire;
using Hangfire.Server;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ModelPlatform.Sources;

namespace ModelPlatform.Jobs.Webhooks;

/// <summary>Sends one message, as often as Hangfire calls it: five times at most, with growing waits, always under the same id.</summary>
internal sealed partial class WebhookSender(WebhookOutbox outbox, SourceHttp http, IOptions<ModelFetchOptions> options, TimeProvider time, ILogger<WebhookSender> logger)
{
    private const int Retries = 4;
    private static readonly TimeSpan LongestTry = TimeSpan.FromSeconds(20);
    private const string RetryCountParameter = "RetryCount";

    // A redirect is an answer, not a way: the message is for whom the caller named. The body of an answer is never read.
    private static readonly SourceHttpOptions Rule = new() { FollowRedirects = false, AcceptAnyStatus = true, OverallTimeout = TimeSpan.FromSeconds(15) };

    /// <summary>Sends it, if it is still to be sent.</summary>
    /// <exception cref="WebhookRefusedException">It was not accepted: Hangfire tries again.</exception>
    [AutomaticRetry(Attempts = Retries, DelaysInSeconds = [5, 30, 120, 600], OnAttemptsExceeded = AttemptsExceededAction.Delete)]
    [JobDisplayName("Webhook {0}")]
    public async Task SendAsync(string id, PerformContext context, CancellationToken cancellationToken)
    {
        if (await outbox.ReadAsync(id) is not var (delivery, url, body) || delivery.Status != WebhookDelivery.Pending || !await outbox.ClaimAsync(id, LongestTry))
        {
            return;
        }

        var began = time.GetTimestamp();
        var at = time.GetUtcNow();
        using var request = Compose(id, url, body, at);
        var sent = await http.SendAsync(request, Rule, cancellationToken);
        var elapsed = (long)time.GetElapsedTime(began).TotalMilliseconds;
        int? answered = null;
        string? refusal;
        var isFinal = context.GetJobParameter<int>(RetryCountParameter, allowStale: true) >= Retries;
        if (sent.TryGet(out var answer, out var error))
        {
            using (answer)
            {
                answered = (int)answer.Message.StatusCode;
                refusal = answer.Message.IsSuccessStatusCode ? null : $"The receiver answers {answered}.";
                isFinal |= answered == 410;
            }
        }
        else
        {
            refusal = error.Message;
            isFinal |= error.Code == ErrorCode.SecurityViolation;
        }

        var status = refusal is null ? WebhookDelivery.Delivered : isFinal ? WebhookDelivery.Failed : WebhookDelivery.Pending;
        await outbox.NoteAsync(delivery, new WebhookAttempt(at, answered, refusal, elapsed), status);
        await outbox.ReleaseAsync(id);
        JobTelemetry.CountWebhook(refusal is null);
        if (refusal is null)
        {
            LogDelivered(id, delivery.Target);
            return;
        }

        LogRefused(id, delivery.Target, delivery.Attempts.Count + 1, refusal);
        if (!isFinal)
        {
            throw new WebhookRefusedException(refusal);
        }
    }

    private HttpRequestMessage Compose(string id, string url, ReadOnlyMemory<byte> body, DateTimeOffset at)
    {
        var timestamp = at.ToUnixTimeSeconds();
        var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ReadOnlyMemoryContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("webhook-id", id);
        request.Headers.Add("webhook-timestamp", timestamp.ToString(CultureInfo.InvariantCulture));
        if (options.Value.WebhookSecret is { } secret)
        {
            request.Headers.Add("webhook-signature", WebhookSignature.Sign(secret, id, timestamp, body.Span));
        }

        return request;
    }

    [LoggerMessage(3211, LogLevel.Information, "Webhook {Id} delivered to {Target}")]
    private partial void LogDelivered(string id, string target);

    [LoggerMessage(3212, LogLevel.Warning, "Webhook {Id} to {Target}, try {Try}: {Reason}")]
    private partial void LogRefused(string id, string target, int @try, string reason);
}

/// <summary>A webhook was not accepted. It is how Hangfire learns that another try is needed.</summary>
internal sealed class WebhookRefusedException(string message) : Exception(message);
