using System.Globalization;
using System.Net.ServerSentEvents;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using System.Text.Json;
using ModelPlatform.Api.Errors;
using ModelPlatform.Events;
using ModelPlatform.Jobs;
using ModelPlatform.Sources;

namespace ModelPlatform.Api.Events;

/// <summary>What happened and what happens: as a list, as server-sent events, or over a WebSocket.</summary>
internal static class EventsResource
{
    private const int HighestLimit = 10_000;
    private const int StandardLimit = 1_000;
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LastWord = TimeSpan.FromSeconds(2);
    private static readonly string[] JobEnds = [EventTypes.JobCompleted, EventTypes.JobFailed, EventTypes.JobCancelled];

    public static void MapEvents(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/events", ListOrStreamAsync)
            .WithName("GetEvents")
            .WithSummary("Events by type, model, and since (an id or a time). With Accept: text/event-stream, or as a WebSocket, they are sent as they happen; Last-Event-ID replays what was missed.")
            .Produces<IReadOnlyList<PlatformEvent>>();
        routes.MapGet("/v1/jobs/{id}/events", OfJobAsync)
            .WithName("GetJobEvents")
            .WithSummary("The events of one job; a stream of them ends with the job.")
            .Produces<IReadOnlyList<PlatformEvent>>();
    }

    private static Task<IResult> ListOrStreamAsync(HttpContext context, IEventLog log, string? type, string? model, string? since, string? limit) =>
        AnswerAsync(context, log, new EventFilter { Types = Words(type), Model = Given(model) }, since, limit, null);

    private static async Task<IResult> OfJobAsync(HttpContext context, IEventLog log, IFetchJobs jobs, string id, string? type, string? since, string? limit)
    {
        return await jobs.FindAsync(id, context.RequestAborted) is null
            ? new PlatformError(ErrorCode.JobNotFound, $"Job {id} not found").ToProblem()
            : await AnswerAsync(context, log, new EventFilter { Types = Words(type), JobId = id }, since, limit, jobs);
    }

    private static async Task<IResult> AnswerAsync(HttpContext context, IEventLog log, EventFilter filter, string? since, string? limit, IFetchJobs? ofJob)
    {
        var errors = new FieldErrors();
        long? after = null;
        if (Given(since) is { } text)
        {
            if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            {
                after = id;
            }
            else if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
            {
                (filter, after) = (filter with { Since = time }, 0);
            }
            else
            {
                errors.Add("since", "since must be the id of an event, or a time in ISO 8601.");
            }
        }

        var most = StandardLimit;
        if (Given(limit) is { } number && (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out most) || most is < 1 or > HighestLimit))
        {
            errors.Add("limit", $"limit must be from 1 to {HighestLimit}.");
        }

        if (context.Request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } lastId)
        {
            if (long.TryParse(lastId, NumberStyles.None, CultureInfo.InvariantCulture, out var last))
            {
                after = last;
            }
            else
            {
                errors.Add("Last-Event-ID", "Last-Event-ID must be the id of an event.");
            }
        }

        if (errors.Any)
        {
            return errors.ToProblem();
        }

        // The whole story of a job is short: a stream of it begins at the beginning.
        after ??= ofJob is null ? null : 0;
        var stopping = context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        if (context.WebSockets.IsWebSocketRequest)
        {
            after ??= await log.ReadLastIdAsync(context.RequestAborted);
            await SendAsync(context, log.WatchAsync(filter, after, ended.Token), ofJob is not null, ended);
            return Results.Empty;
        }

        if (context.Request.GetTypedHeaders().Accept.Any(accept => accept.MediaType.Equals("text/event-stream", StringComparison.OrdinalIgnoreCase)))
        {
            // Asked before the answer begins: whoever has the headers misses nothing that happens from then on.
            after ??= await log.ReadLastIdAsync(context.RequestAborted);
            context.Response.Headers.CacheControl = "no-cache";
            context.Response.Headers["X-Accel-Buffering"] = "no";
            context.Response.ContentType = "text/event-stream";
            await context.Response.StartAsync(ended.Token);
            await StreamAsync(context, log.WatchAsync(filter, after, ended.Token), ofJob is not null, ended.Token);
            return Results.Empty;
        }

        return TypedResults.Ok(await log.ReadAsync(filter, after ?? 0, most, context.RequestAborted));
    }

    private static async Task StreamAsync(HttpContext context, IAsyncEnumerable<PlatformEvent> events, bool endsWithJob, CancellationToken cancellationToken)
    {
        try
        {
            await SseFormatter.WriteAsync(Items(events, endsWithJob, cancellationToken), context.Response.Body, (item, writer) =>
            {
                if (item.Data is not null)
                {
                    using var json = new Utf8JsonWriter(writer);
                    JsonSerializer.Serialize(json, item.Data, JsonSerializerOptions.Web);
                }
            }, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The listener left, or this process stops.
        }
    }

    private static async IAsyncEnumerable<SseItem<PlatformEvent?>> Items(IAsyncEnumerable<PlatformEvent> events, bool endsWithJob, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var source = events.GetAsyncEnumerator(cancellationToken);
        var next = source.MoveNextAsync().AsTask();
        while (true)
        {
            if (await Task.WhenAny(next, Task.Delay(KeepAlive, cancellationToken)) != next)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return new SseItem<PlatformEvent?>(null, "keep-alive");
                continue;
            }

            if (!await next)
            {
                yield break;
            }

            var happened = source.Current;
            yield return new SseItem<PlatformEvent?>(happened, happened.Type) { EventId = happened.Id?.ToString(CultureInfo.InvariantCulture) };
            if (endsWithJob && JobEnds.Contains(happened.Type))
            {
                yield break;
            }

            next = source.MoveNextAsync().AsTask();
        }
    }

    private static async Task SendAsync(HttpContext context, IAsyncEnumerable<PlatformEvent> events, bool endsWithJob, CancellationTokenSource ended)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var listening = ListenAsync(socket, ended);
        try
        {
            await foreach (var happened in events.WithCancellation(ended.Token))
            {
                await socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(happened, JsonSerializerOptions.Web), WebSocketMessageType.Text, endOfMessage: true, ended.Token);
                if (endsWithJob && JobEnds.Contains(happened.Type))
                {
                    break;
                }
            }

            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, ended.Token);
        }
        catch (Exception exception) when (exception is OperationCanceledException or WebSocketException)
        {
            // The listener left, or this process stops.
        }

        await ended.CancelAsync();
        await listening;
        await AnswerCloseAsync(socket);
    }

    /// <summary>A listener that says goodbye is answered, as the protocol asks.</summary>
    private static async Task AnswerCloseAsync(WebSocket socket)
    {
        if (socket.State != WebSocketState.CloseReceived)
        {
            return;
        }

        using var patience = new CancellationTokenSource(LastWord);
        try
        {
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, patience.Token);
        }
        catch (Exception exception) when (exception is OperationCanceledException or WebSocketException)
        {
            // It did not wait for the answer.
        }
    }

    /// <summary>A listener has nothing to say; reading is how its leaving is noticed.</summary>
    private static async Task ListenAsync(WebSocket socket, CancellationTokenSource ended)
    {
        var nothing = new byte[256];
        try
        {
            while ((await socket.ReceiveAsync(nothing, ended.Token)).MessageType != WebSocketMessageType.Close)
            {
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or WebSocketException)
        {
            // The connection is gone.
        }

        await ended.CancelAsync();
    }

    private static string[]? Words(string? text) => Given(text)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
