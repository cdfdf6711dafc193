using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Net.WebSockets;
using System.Text.Json.Nodes;
using ModelPlatform.FunctionalTests.Platform;

namespace ModelPlatform.FunctionalTests.Jobs;

/// <summary>Events on the wire: as a list, as server-sent events with replay, over a WebSocket.</summary>
[Collection(JobsPlatform.Collection)]
public sealed class EventsApiTests(JobsPlatform platform)
{
    private static readonly string[] Story = ["job_queued", "download_start", "download_complete", "job_completed"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Events_OfAJob_AreListedAndStreamedFromItsBeginningToItsEnd()
    {
        var model = JobsPlatform.NewModel("story");
        var id = await platform.FetchSmallAsync(model, Cancel);

        // Live: begins at the beginning and ends by itself.
        var live = await ReadAsync($"/v1/jobs/{id}/events", null, int.MaxValue);
        Assert.Equal(Story, live.Where(item => item.EventType != "download_progress").Select(item => item.EventType));
        var listed = (await platform.Api.GetFromJsonAsync<JsonArray>($"/v1/jobs/{id}/events", Cancel))!;
        Assert.Equal(Story, listed.Select(happened => (string)happened!["type"]!));
        Assert.All(listed, happened => Assert.Equal((id, $"{model}:v1"), ((string?)happened!["jobId"], (string?)happened["modelId"])));
        Assert.All(listed, happened => Assert.EndsWith("Z", (string?)happened!["time"], StringComparison.Ordinal));
        Assert.Equal(live.Where(item => item.EventId is not null).Select(item => item.EventId), listed.Select(happened => (string?)happened!["id"]));
        Assert.Equal((404, "JOB_NOT_FOUND"), await platform.GetAsync($"/v1/jobs/{Guid.NewGuid()}/events", Cancel) is var nothing ? (nothing.Status, (string?)nothing.Body["code"]) : default);

        // The last id seen replays what came after it and nothing else; so does since.
        var replay = await ReadAsync($"/v1/jobs/{id}/events", live[0].EventId, int.MaxValue);
        Assert.Equal(Story[1..], replay.Select(item => item.EventType));
        var since = (await platform.Api.GetFromJsonAsync<JsonArray>($"/v1/events?since={live[0].EventId}&model={model}&type=job,download_complete", Cancel))!;
        Assert.Equal(["download_complete", "job_completed"], since.Select(happened => (string)happened!["type"]!));
        var byTime = (await platform.Api.GetFromJsonAsync<JsonArray>($"/v1/events?since={Uri.EscapeDataString((string)listed[0]!["time"]!)}&model={model}:v1&type=job&limit=1", Cancel))!;
        Assert.Equal("job_completed", (string?)Assert.Single(byTime)!["type"]);
        foreach (var query in new[] { "since=yesterday", "limit=0" })
        {
            Assert.Equal(400, (await platform.GetAsync($"/v1/events?{query}", Cancel)).Status);
        }
    }

    [Fact]
    public async Task Events_OfAModel_TellOfItsPublicationAndItsEnd()
    {
        var model = JobsPlatform.NewModel("told");
        var id = await platform.FetchSmallAsync(model, Cancel);
        await platform.UntilAsync(id, job => (string?)job["status"] == "completed", Cancel);
        using var deleted = await platform.Api.DeleteAsync($"/v1/models/{model}:v1", Cancel);
        Assert.True(deleted.IsSuccessStatusCode);

        var told = await ReadAsync($"/v1/events?model={model}&type=model", "0", 2);

        Assert.Equal(["model_published", "model_deleted"], told.Select(item => item.EventType));
        Assert.Equal(10_240, (long)told[0].Data!["data"]!["size"]!);
    }

    [Fact]
    public async Task Events_OfAPlugin_TellOfEachChangeInEachProcess()
    {
        var last = await LastIdAsync();
        foreach (var action in new[] { "disable", "enable" })
        {
            using var done = await platform.Api.PostAsync($"/v1/plugins/IpfsGateway/{action}", null, Cancel);
            Assert.True(done.IsSuccessStatusCode, await done.Content.ReadAsStringAsync(Cancel));
        }

        // Two processes, each switched off and on again; draining in between is told too.
        var seen = new List<(string? Process, string? State)>();
        await foreach (var item in OpenAsync("/v1/events?type=plugin_changed", last))
        {
            var data = item.Data!["data"]!;
            Assert.Equal("IpfsGateway", (string?)data["plugin"]);
            seen.Add(((string?)data["process"], (string?)data["state"]));
            if (seen.Where(change => change.State == "disabled").DistinctBy(change => change.Process).Count() == 2
                && seen.Where(change => change.State == "active").DistinctBy(change => change.Process).Count() == 2)
            {
                break;
            }
        }
    }

    [Fact]
    public async Task Events_ListenerLeavesAndComesBackAgainAndAgain_MissesNone()
    {
        var model = JobsPlatform.NewModel("chased");
        var last = await LastIdAsync();
        var fetching = Task.Run(async () =>
        {
            for (var i = 0; i < 12; i++)
            {
                await platform.FetchSmallAsync(model, Cancel, ("modelVersion", $"v{i}"));
            }
        }, Cancel);
        var seen = new List<string?>();
        while (seen.Count < 12 * Story.Length)
        {
            foreach (var item in await ReadAsync($"/v1/events?model={model}&type=job,download_start,download_complete", last, Math.Min(5, (12 * Story.Length) - seen.Count)))
            {
                seen.Add(item.EventId);
                last = item.EventId!;
            }
        }

        await fetching;
        var all = (await platform.Api.GetFromJsonAsync<JsonArray>($"/v1/events?model={model}&type=job,download_start,download_complete", Cancel))!;
        Assert.Equal(all.Select(happened => (string?)happened!["id"]), seen);
    }

    [Fact]
    public async Task Events_OverAWebSocket_ComeWithProgressAndItClosesWithTheJob()
    {
        var model = JobsPlatform.NewModel("socket");
        using var all = await ConnectAsync($"/v1/events?model={model}");
        var id = await platform.FetchSmallAsync(model, Cancel);
        Assert.Equal("job_queued", (string?)(await ReceiveAsync(all))!["type"]);

        using var one = await ConnectAsync($"/v1/jobs/{id}/events");
        var types = new List<string>();
        while (await ReceiveAsync(one) is { } happened)
        {
            types.Add((string)happened["type"]!);
        }

        Assert.Equal(Story, types.Where(type => type != "download_progress"));
        Assert.Equal(WebSocketCloseStatus.NormalClosure, one.CloseStatus);
        await all.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Cancel);

        using var refused = new ClientWebSocket();
        await Assert.ThrowsAsync<WebSocketException>(() => refused.ConnectAsync(Address("/v1/events"), Cancel));
    }

    private Uri Address(string path) => new($"ws://localhost:{platform.Platform.ApiPort}{path}");

    private async Task<ClientWebSocket> ConnectAsync(string path)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", $"Bearer {JobsPlatform.Token}");
        await socket.ConnectAsync(Address(path), Cancel);
        return socket;
    }

    private static async Task<JsonObject?> ReceiveAsync(ClientWebSocket socket)
    {
        var buffer = new byte[64 * 1024];
        var length = 0;
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer.AsMemory(length), Cancel);
            length += part.Count;
            if (part.MessageType == WebSocketMessageType.Close)
            {
                return null;
            }

            if (part.EndOfMessage)
            {
                return JsonNode.Parse(buffer.AsSpan(0, length))!.AsObject();
            }
        }
    }

    private async Task<string> LastIdAsync() => (string?)(await platform.Api.GetFromJsonAsync<JsonArray>("/v1/events?limit=1", Cancel))!.LastOrDefault()?["id"] ?? "0";

    private async Task<List<SseItem<JsonObject?>>> ReadAsync(string path, string? lastId, int most)
    {
        var items = new List<SseItem<JsonObject?>>();
        await foreach (var item in OpenAsync(path, lastId))
        {
            items.Add(item);
            if (items.Count == most)
            {
                break;
            }
        }

        return items;
    }

    private async IAsyncEnumerable<SseItem<JsonObject?>> OpenAsync(string path, string? lastId)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.Add(new("text/event-stream"));
        if (lastId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastId);
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(TimeSpan.FromMinutes(1));
        using var response = await platform.Api.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        await using var stream = await response.Content.ReadAsStreamAsync(Cancel);
        await foreach (var item in SseParser.Create(stream, (_, data) => data.Length == 0 ? null : JsonNode.Parse(data)!.AsObject()).EnumerateAsync(patience.Token))
        {
            if (item.EventType != "keep-alive")
            {
                yield return item;
            }
        }
    }
}
