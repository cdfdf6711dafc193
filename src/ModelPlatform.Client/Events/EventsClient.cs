using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using ModelPlatform.Client.Connection;

namespace ModelPlatform.Client.Events;

/// <summary>What happens, as it happens.</summary>
public sealed class EventsClient
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(2);

    private readonly ApiConnection connection;
    private readonly TimeProvider time;

    internal EventsClient(ApiConnection connection, TimeProvider time) => (this.connection, this.time) = (connection, time);

    /// <summary>Events of the past.</summary>
    public Task<ApiResult<PlatformEvent[]>> ListAsync(EventFilter? filter = null, CancellationToken cancellationToken = default) =>
        connection.GetAsync(PathOf(filter), ApiJson.Default.PlatformEventArray, cancellationToken);

    /// <summary>
    /// Events from now on, or after <see cref="EventFilter.AfterId"/>, for ever: a connection that breaks is made again and what was missed meanwhile is replayed.
    /// Ends only by cancellation, or when the platform refuses.
    /// </summary>
    /// <param name="filter">Which.</param>
    /// <param name="connectionChanged">Told null when the stream is connected, and the problem when it is not.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    /// <exception cref="ApiException">The platform refuses the stream: wrong token, or none offered.</exception>
    public async IAsyncEnumerable<PlatformEvent> StreamAsync(
        EventFilter? filter = null, Action<ApiProblem?>? connectionChanged = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var lastId = filter?.AfterId;
        var delay = FirstDelay;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var opened = await OpenAsync(filter, lastId, cancellationToken);
            ApiProblem? ended;
            if (opened.TryGet(out var response, out var refusal))
            {
                connectionChanged?.Invoke(null);
                using var owner = response;
                await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
                await using var items = SseParser.Create(body, ParseEvent).EnumerateAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
                while (true)
                {
                    (var item, ended) = await NextAsync(items, cancellationToken);
                    if (item is null)
                    {
                        break;
                    }

                    if (item.Value.Data is { } happened)
                    {
                        delay = FirstDelay;
                        lastId = happened.Id ?? lastId;
                        yield return happened;
                    }
                }
            }
            else if (refusal.Retryable || refusal.Status is null or >= 500)
            {
                ended = refusal;
            }
            else
            {
                throw new ApiException(refusal);
            }

            connectionChanged?.Invoke(ended);
            await Task.Delay(delay, time, cancellationToken);
            delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay;
        }
    }

    private Task<ApiResult<HttpResponseMessage>> OpenAsync(EventFilter? filter, long? lastId, CancellationToken cancellationToken) =>
        connection.OpenAsync(
            HttpMethod.Get,
            PathOf(filter),
            null,
            request =>
            {
                request.Headers.Accept.ParseAdd("text/event-stream");
                if (lastId is { } id)
                {
                    request.Headers.TryAddWithoutValidation("Last-Event-ID", id.ToString(CultureInfo.InvariantCulture));
                }
            },
            cancellationToken);

    private async Task<(SseItem<PlatformEvent?>? Item, ApiProblem? Ended)> NextAsync(
        IAsyncEnumerator<SseItem<PlatformEvent?>> items, CancellationToken cancellationToken)
    {
        try
        {
            return await items.MoveNextAsync()
                ? (items.Current, null)
                : (null, new ApiProblem { Error = "The platform ended the event stream.", Code = ProblemCode.Unreachable, Retryable = true });
        }
        catch (Exception exception) when (ApiConnection.IsTransport(exception, cancellationToken))
        {
            return (null, connection.Unreachable(exception));
        }
    }

    private static PlatformEvent? ParseEvent(string eventType, ReadOnlySpan<byte> data)
    {
        try
        {
            return JsonSerializer.Deserialize(data, ApiJson.Default.PlatformEvent);
        }
        catch (JsonException)
        {
            // A heartbeat, or an event of a newer platform: nothing this client could tell its caller.
            return null;
        }
    }

    private static string PathOf(EventFilter? filter) =>
        Address.WithQuery(
            filter?.JobId is { } job ? $"/v1/jobs/{Address.Segment(job)}/events" : "/v1/events",
            ("type", filter?.Type), ("model", filter?.Model), ("since", filter?.Since?.UtcDateTime.ToString("O", CultureInfo.InvariantCulture)));
}
