using Microsoft.AspNetCore.Http;
using ModelPlatform.Client.Connection;
using ModelPlatform.Client.Events;

namespace ModelPlatform.Dashboard.Tests.Client;

public sealed class EventsClientTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task StreamAsync_ConnectionBreaks_ReplaysFromTheLastEventAndLosesNone()
    {
        var connections = 0;
        await using var api = await RecordedApi.StartAsync(async context =>
        {
            var connection = Interlocked.Increment(ref connections);
            var after = context.Request.Headers["Last-Event-ID"].FirstOrDefault();
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync(": a heartbeat\n\n");
            var first = after is null ? 1 : long.Parse(after, System.Globalization.CultureInfo.InvariantCulture) + 1;
            for (var id = first; id <= (connection < 3 ? first + 1 : 6); id++)
            {
                await context.Response.WriteAsync($"id: {id}\nevent: job_queued\ndata: {{\"id\":{id},\"type\":\"job_queued\",\"time\":\"2026-01-01T00:00:00Z\",\"data\":{{}}}}\n\n");
                await context.Response.WriteAsync("data: {\"type\":\"download_progress\",\"jobId\":\"j\",\"data\":{}}\n\n");
            }

            await context.Response.Body.FlushAsync();
            if (connection == 1)
            {
                return;
            }

            if (connection == 2)
            {
                // What was flushed may still be lost with the connection: the client must not count on it.
                context.Abort();
            }
            else
            {
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            }
        });
        List<string> turns = [];
        List<long> ids = [];

        await foreach (var happened in api.Client().Events.StreamAsync(connectionChanged: problem => turns.Add(problem is null ? "up" : "down"), cancellationToken: Cancellation))
        {
            if (happened.Id is { } id)
            {
                ids.Add(id);
            }

            if (ids.Count == 6)
            {
                break;
            }
        }

        Assert.Equal([1, 2, 3, 4, 5, 6], ids);
        Assert.Equal(("up", "up", 2), (turns[0], turns[^1], turns.Count(turn => turn == "down")));
        Assert.Equal([null, "2"], api.Requests.Take(2).Select(request => request.Headers.GetValueOrDefault("Last-Event-ID")));
    }

    [Fact]
    public async Task StreamAsync_Refused_ThrowsTheProblem()
    {
        await using var api = await RecordedApi.StartAsync(401, """{"error":"Unauthorized: MODEL_FETCH_TOKEN required","code":"UNAUTHORIZED","retryable":false}""");

        var refusal = await Assert.ThrowsAsync<ApiException>(async () =>
        {
            await foreach (var _ in api.Client().Events.StreamAsync(cancellationToken: Cancellation))
            {
            }
        });

        Assert.Equal(ProblemCode.Unauthorized, refusal.Problem.Code);
    }

    [Fact]
    public async Task StreamAsync_WithFilter_AsksForIt()
    {
        await using var api = await RecordedApi.StartAsync(async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync("data: {\"type\":\"job_failed\"}\n\n");
        });

        await foreach (var _ in api.Client().Events.StreamAsync(new EventFilter { Type = "job_failed", Model = "org/n", AfterId = 41 }, cancellationToken: Cancellation))
        {
            break;
        }

        var request = api.Requests.First();
        Assert.Equal("/v1/events?type=job_failed&model=org%2Fn", request.Target);
        Assert.Equal(("text/event-stream", "41"), (request.Headers["Accept"], request.Headers["Last-Event-ID"]));
    }
}
