using System.Text.Json;
using Hangfire;
using Hangfire.Common;
using Hangfire.States;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace ModelPlatform.Jobs.Webhooks;

/// <summary>Messages in Redis, written in the transaction that ends their job, so that there is one for each end, whoever dies then.</summary>
internal sealed partial class WebhookOutbox(IConnectionMultiplexer redis, IBackgroundJobClient hangfire, TimeProvider time, ILogger<WebhookOutbox> logger) : IWebhookDeliveries
{
    public const string Queue = "webhooks";
    private const int Kept = 1_000;
    private const string All = "mp:webhooks";

    /// <summary>Pending messages by the time (ms) at which somebody should look whether Hangfire still has them.</summary>
    private const string Waiting = "mp:webhooks:pending";

    /// <summary>Longer than Hangfire waits between any two tries.</summary>
    private static readonly TimeSpan Trust = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan SweepTrust = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FirstTrust = TimeSpan.FromSeconds(10);

    private readonly IDatabase database = redis.GetDatabase();

    /// <summary>Adds a message to the transaction that ends its job.</summary>
    /// <returns>Its id, for <see cref="EnqueueAsync"/>.</returns>
    public string Stage(ITransaction transaction, string url, WebhookPayload payload)
    {
        var id = $"msg_{Guid.CreateVersion7(time.GetUtcNow()):N}";
        var now = time.GetUtcNow();
        _ = transaction.HashSetAsync(Key(id),
        [
            new("type", payload.Type), new("jobId", payload.JobId), new("url", url), new("body", payload.Serialize()), new("status", WebhookDelivery.Pending), new("createdAt", now.ToUnixTimeMilliseconds()),
        ]);
        _ = transaction.SortedSetAddAsync(All, id, now.ToUnixTimeMilliseconds());
        _ = transaction.SortedSetAddAsync(Waiting, id, (now + FirstTrust).ToUnixTimeMilliseconds());
        return id;
    }

    /// <summary>Lets Hangfire send it. Where that fails, the sweep does it.</summary>
    public void TryEnqueue(string id)
    {
        try
        {
            hangfire.Create(Job.FromExpression<WebhookSender>(sender => sender.SendAsync(id, null!, CancellationToken.None), Queue), new EnqueuedState(Queue));
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException or BackgroundJobClientException)
        {
            LogLeftToSweep(exception, id);
        }
    }

    /// <summary>Enqueues again what nobody has touched for longer than Hangfire would wait.</summary>
    public async Task SweepAsync()
    {
        var now = time.GetUtcNow();
        foreach (var id in await database.SortedSetRangeByScoreAsync(Waiting, double.NegativeInfinity, now.ToUnixTimeMilliseconds(), take: 100))
        {
            TryEnqueue((string)id!);
            await LookAgainAsync((string)id!);
        }

        var surplus = await database.SortedSetLengthAsync(All) - Kept;
        if (surplus <= 0)
        {
            return;
        }

        foreach (var id in await database.SortedSetRangeByRankAsync(All, 0, surplus - 1))
        {
            if (await database.SortedSetScoreAsync(Waiting, id) is null)
            {
                await database.KeyDeleteAsync(Key((string)id!));
                await database.SortedSetRemoveAsync(All, id);
            }
        }
    }

    public async Task<(WebhookDelivery Delivery, string Url, ReadOnlyMemory<byte> Body)?> ReadAsync(string id)
    {
        var entries = await database.HashGetAllAsync(Key(id));
        if (entries.Length == 0)
        {
            return null;
        }

        var fields = entries.ToDictionary(entry => (string)entry.Name!, entry => entry.Value, StringComparer.Ordinal);
        var url = (string)fields["url"]!;
        var delivery = new WebhookDelivery
        {
            Id = id,
            Type = (string)fields["type"]!,
            JobId = (string)fields["jobId"]!,
            Target = Uri.TryCreate(url, UriKind.Absolute, out var uri) ? uri.GetLeftPart(UriPartial.Path) : string.Empty,
            Status = (string)fields["status"]!,
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds((long)fields["createdAt"]),
            Attempts = fields.TryGetValue("attempts", out var attempts) ? JsonSerializer.Deserialize(((ReadOnlyMemory<byte>)attempts).Span, WebhookJson.Default.ListWebhookAttempt)! : [],
        };
        return (delivery, url, (ReadOnlyMemory<byte>)fields["body"]);
    }

    /// <summary>Takes a message for one try, so that two calls of Hangfire never send it at once.</summary>
    public Task<bool> ClaimAsync(string id, TimeSpan longest) => database.StringSetAsync($"mp:webhook:{id}:sending", 1, longest, When.NotExists);

    /// <summary>Gives it back.</summary>
    public Task ReleaseAsync(string id) => database.KeyDeleteAsync($"mp:webhook:{id}:sending");

    public async Task NoteAsync(WebhookDelivery delivery, WebhookAttempt attempt, string status)
    {
        var transaction = database.CreateTransaction();
        _ = transaction.HashSetAsync(Key(delivery.Id),
        [
            new("status", status), new("attempts", JsonSerializer.SerializeToUtf8Bytes([.. delivery.Attempts, attempt], WebhookJson.Default.ListWebhookAttempt)),
        ]);
        _ = status == WebhookDelivery.Pending
            ? transaction.SortedSetAddAsync(Waiting, delivery.Id, (time.GetUtcNow() + Trust).ToUnixTimeMilliseconds())
            : (Task)transaction.SortedSetRemoveAsync(Waiting, delivery.Id);
        await transaction.ExecuteAsync();
    }

    public async Task<IReadOnlyList<WebhookDelivery>> ListAsync(int limit, CancellationToken cancellationToken)
    {
        var ids = await database.SortedSetRangeByRankAsync(All, 0, limit - 1, Order.Descending).WaitAsync(cancellationToken);
        var found = await Task.WhenAll(ids.Select(id => ReadAsync((string)id!))).WaitAsync(cancellationToken);
        return [.. found.Where(message => message is not null).Select(message => message!.Value.Delivery)];
    }

    private Task<bool> LookAgainAsync(string id) => database.SortedSetUpdateAsync(Waiting, id, (time.GetUtcNow() + SweepTrust).ToUnixTimeMilliseconds(), SortedSetWhen.Exists);

    private static RedisKey Key(string id) => $"mp:webhook:{id}";

    [LoggerMessage(3201, LogLevel.Warning, "Webhook {Id} is stored but not yet queued; the sweep queues it")]
    private partial void LogLeftToSweep(Exception exception, string id);
}
