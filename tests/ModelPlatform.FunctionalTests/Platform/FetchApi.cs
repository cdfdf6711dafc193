using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace ModelPlatform.FunctionalTests.Platform;

/// <summary>The API as a client on the wire sees it.</summary>
public static class FetchApi
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(8);

    /// <summary>Asks for a fetch.</summary>
    public static async Task<(int Status, JsonObject Body)> PostFetchAsync(this HttpClient api, JsonObject request, CancellationToken cancellationToken)
    {
        using var response = await api.PostAsync("/FetchModel", JsonContent.Create(request), cancellationToken);
        return ((int)response.StatusCode, (await response.Content.ReadFromJsonAsync<JsonObject>(cancellationToken))!);
    }

    /// <summary>Fetches a model and waits until it is here.</summary>
    public static async Task<JsonObject> FetchAsync(this HttpClient api, string source, string reference, string name, CancellationToken cancellationToken)
    {
        var (status, body) = await api.PostFetchAsync(Request(source, reference, name), cancellationToken);
        Assert.True(status is 200 or 202, $"{status} {body.ToJsonString()}");
        Assert.True(body["jobId"] is not null, $"There is no job: {body.ToJsonString()}");
        var job = await api.WaitForEndAsync((string)body["jobId"]!, cancellationToken);
        Assert.True((string?)job["status"] == "completed", job.ToJsonString());
        return job;
    }

    public static JsonObject Request(string source, string reference, string name) => new()
    {
        ["source"] = source,
        ["sourceReference"] = reference,
        ["modelName"] = name,
        ["framework"] = "onnx",
    };

    /// <summary>Waits until a job is completed, failed or cancelled. Tells nothing of the moments when the API is away.</summary>
    public static async Task<JsonObject> WaitForEndAsync(this HttpClient api, string jobId, CancellationToken cancellationToken)
    {
        JsonObject? job = null;
        for (var started = TimeProvider.System.GetTimestamp(); ;)
        {
            job = await api.TryGetJobAsync(jobId, cancellationToken) ?? job;
            if ((string?)job?["status"] is "completed" or "failed" or "cancelled")
            {
                return job!;
            }

            Assert.True(TimeProvider.System.GetElapsedTime(started) < Patience, $"The job does not end: {job?.ToJsonString() ?? jobId}");

            await Task.Delay(100, cancellationToken);
        }
    }

    public static async Task<JsonObject?> TryGetJobAsync(this HttpClient api, string jobId, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await api.GetAsync($"/ModelFetchJob?id={jobId}", cancellationToken);
            return response.IsSuccessStatusCode ? await response.Content.ReadFromJsonAsync<JsonObject>(cancellationToken) : null;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    public static async Task<JsonObject> ManifestAsync(this HttpClient api, string id, CancellationToken cancellationToken) =>
        (await api.GetFromJsonAsync<JsonObject>($"/v2/manifests/{id}", cancellationToken))!;

    /// <summary>Downloads an artifact and compares every byte.</summary>
    public static async Task AssertArtifactAsync(this HttpClient api, string id, string path, Content expected, CancellationToken cancellationToken)
    {
        using var response = await api.GetAsync($"/v2/models/{id}/artifacts/{path}", HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode} for {id} {path}");
        Assert.Equal(expected.Length, response.Content.Headers.ContentLength);
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        Assert.Null(await expected.FirstDifferenceAsync(stream, cancellationToken));
    }
}
