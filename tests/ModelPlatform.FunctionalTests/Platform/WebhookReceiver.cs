using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ModelPlatform.FunctionalTests.Platform;

/// <summary>A web server that is told of the end of jobs, and keeps what it is told.</summary>
public sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentQueue<ReceivedWebhook> received = new();

    private WebhookReceiver()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        app = builder.Build();
        app.Run(ReceiveAsync);
    }

    public string Address { get; private set; } = string.Empty;

    public IReadOnlyCollection<ReceivedWebhook> Received => received;

    /// <summary>What is answered; 204 where nothing else is wanted.</summary>
    public Func<ReceivedWebhook, int> Answer { get; set; } = _ => StatusCodes.Status204NoContent;

    public static async Task<WebhookReceiver> StartAsync()
    {
        var receiver = new WebhookReceiver();
        await receiver.app.StartAsync();
        receiver.Address = receiver.app.Urls.First();
        return receiver;
    }

    /// <summary>Messages about a job so far.</summary>
    public IReadOnlyList<ReceivedWebhook> About(string jobId) => [.. received.Where(webhook => webhook.JobId == jobId)];

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    private async Task ReceiveAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync(context.RequestAborted);
        var webhook = new ReceivedWebhook(context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase), body);
        received.Enqueue(webhook);
        context.Response.StatusCode = Answer(webhook);
    }
}

/// <summary>One call of a webhook.</summary>
public sealed record ReceivedWebhook(IReadOnlyDictionary<string, string> Headers, string Body)
{
    public JsonObject Json { get; } = JsonNode.Parse(Body)!.AsObject();

    public string Id => Headers["webhook-id"];

    public string? JobId => (string?)Json["jobId"];
}
