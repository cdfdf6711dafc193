using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ModelPlatform.Jobs;
using ModelPlatform.Jobs.Webhooks;
using ModelPlatform.Sources;
using ModelPlatform.Tests.Stores;

namespace ModelPlatform.Tests.Jobs;

public sealed class WebhookTests(GarnetFixture fixture) : IClassFixture<GarnetFixture>
{
    private readonly GarnetServer garnet = fixture.Server;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task CompletedJob_ReceiverRefusesFirst_IsToldAgainUnderTheSameIdAndSigned()
    {
        await using var receiver = await Receiver.StartAsync((call, context) => context.Response.StatusCode = call == 1 ? 500 : 204);
        await using var server = await JobServerHost.StartAsync(garnet, ScriptedEngine.Instant, new MemoryRegistry(),
            settings: [("Fetch:AllowedOrigins:0", receiver.Origin), ("MODEL_FETCH_WEBHOOK_SECRET", "whsec_" + Convert.ToBase64String("the key"u8))]);

        var ticket = (await server.Jobs.CreateAsync(JobServerHost.Request("told") with { WebhookUrl = $"{receiver.Origin}/hook?secret=x" }, Token)).Value;
        await server.UntilAsync(ticket.JobId!, job => job.Status == FetchStatus.Completed);
        var delivery = await DeliveryAsync(server, ticket.JobId!, delivery => delivery.Status == "delivered");

        Assert.Equal((2, 500, 204), (delivery.Attempts.Count, delivery.Attempts[0].StatusCode, delivery.Attempts[1].StatusCode));
        Assert.Equal($"{receiver.Origin}/hook", delivery.Target);
        var calls = receiver.Calls.ToArray();
        Assert.Equal(2, calls.Length);
        Assert.Equal(calls[0].Body, calls[1].Body);
        Assert.All(calls, call =>
        {
            Assert.Equal(delivery.Id, call.Headers["webhook-id"]);
            var signed = $"{delivery.Id}.{call.Headers["webhook-timestamp"]}.{call.Body}";
            Assert.Equal("v1," + Convert.ToBase64String(HMACSHA256.HashData("the key"u8, Encoding.UTF8.GetBytes(signed))), call.Headers["webhook-signature"]);
        });
        var body = JsonNode.Parse(calls[0].Body)!;
        Assert.Equal(("model.fetch.completed", ticket.JobId, "completed", "told:v1", "completed", "told:v1"),
            ((string)body["type"]!, (string?)body["jobId"], (string?)body["status"], (string?)body["modelId"], (string?)body["job"]!["status"], (string?)body["model"]!["id"]));
    }

    [Fact]
    public async Task FailedJob_IsToldWithErrorCodeAndRetryCount()
    {
        await using var receiver = await Receiver.StartAsync((_, context) => context.Response.StatusCode = 200);
        var engine = new ScriptedEngine((_, _, _, _, _) => Task.FromResult<PlatformError?>(new PlatformError(ErrorCode.ModelNotFound, "Not there.")));
        await using var server = await JobServerHost.StartAsync(garnet, engine, new MemoryRegistry(), settings: [("Fetch:AllowedOrigins:0", receiver.Origin)]);

        var ticket = (await server.Jobs.CreateAsync(JobServerHost.Request("told-of-failure") with { WebhookUrl = receiver.Origin }, Token)).Value;
        await DeliveryAsync(server, ticket.JobId!, delivery => delivery.Status == "delivered");

        var call = Assert.Single(receiver.Calls);
        var body = JsonNode.Parse(call.Body)!;
        Assert.Equal(("model.fetch.failed", "failed", "Not there.", "MODEL_NOT_FOUND", 0), ((string)body["type"]!, (string?)body["status"], (string?)body["error"], (string?)body["errorCode"], (int)body["retryCount"]!));
        Assert.False(call.Headers.ContainsKey("webhook-signature"));
    }

    [Theory]
    [InlineData("redirects")]
    [InlineData("floods")]
    [InlineData("private")]
    [InlineData("silent")]
    [InlineData("down")]
    public async Task HostileReceiver_NeverHarmsTheJob(string conduct)
    {
        await using var receiver = await Receiver.StartAsync((_, context) =>
        {
            context.Response.StatusCode = conduct == "redirects" ? 307 : 200;
            context.Response.Headers.Location = "http://127.0.0.1:1/admin";
        }, flood: conduct == "floods", silent: conduct == "silent");
        var origin = receiver.Origin;
        await using var server = await JobServerHost.StartAsync(garnet, ScriptedEngine.Instant, new MemoryRegistry(), settings: conduct == "private" ? [] : [("Fetch:AllowedOrigins:0", origin)]);

        if (conduct == "down")
        {
            await receiver.DisposeAsync();
        }

        var ticket = (await server.Jobs.CreateAsync(JobServerHost.Request($"hostile-{conduct}") with { WebhookUrl = origin }, Token)).Value;
        await server.UntilAsync(ticket.JobId!, job => job.Status == FetchStatus.Completed);
        var delivery = await DeliveryAsync(server, ticket.JobId!, delivery => delivery.Attempts.Count > 0);

        Assert.Equal(FetchStatus.Completed, (await server.Jobs.FindAsync(ticket.JobId!, Token))!.Status);
        Assert.Equal(conduct switch { "floods" => "delivered", "private" => "failed", _ => "pending" }, delivery.Status);
        Assert.Equal(conduct is "private" or "down" ? 0 : 1, receiver.Calls.Count);
        Assert.Equal(conduct is "redirects" or "floods", delivery.Attempts[0].StatusCode is not null);
    }

    private static async Task<WebhookDelivery> DeliveryAsync(JobServerHost server, string jobId, Func<WebhookDelivery, bool> condition)
    {
        var deliveries = server.Services.GetRequiredService<IWebhookDeliveries>();
        for (var i = 0; i < 600; i++)
        {
            if ((await deliveries.ListAsync(100, Token)).FirstOrDefault(delivery => delivery.JobId == jobId) is { } found && condition(found))
            {
                return found;
            }

            await Task.Delay(50, Token);
        }

        Assert.Fail("The delivery did not get there.");
        throw new InvalidOperationException();
    }

    /// <summary>A Kestrel that keeps what it is sent.</summary>
    private sealed class Receiver(WebApplication app, ConcurrentQueue<(Dictionary<string, string> Headers, string Body)> calls) : IAsyncDisposable
    {
        public string Origin => app.Urls.First();

        public ConcurrentQueue<(Dictionary<string, string> Headers, string Body)> Calls { get; } = calls;

        public static async Task<Receiver> StartAsync(Action<int, HttpContext> answer, bool flood = false, bool silent = false)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            builder.Logging.ClearProviders();
            var app = builder.Build();
            var calls = new ConcurrentQueue<(Dictionary<string, string>, string)>();
            app.Run(async context =>
            {
                using var reader = new StreamReader(context.Request.Body);
                calls.Enqueue((context.Request.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value.ToString()), await reader.ReadToEndAsync(context.RequestAborted)));
                await (silent ? Task.Delay(Timeout.Infinite, context.RequestAborted) : Task.CompletedTask);
                answer(calls.Count, context);
                for (var i = 0; flood && i < 10_000 && !context.RequestAborted.IsCancellationRequested; i++)
                {
                    await context.Response.Body.WriteAsync(new byte[1024], context.RequestAborted);
                }
            });
            await app.StartAsync(Token);
            return new Receiver(app, calls);
        }

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }
}
