using System.Net.Http.Headers;
using System.Security.Cryptography;
using ModelPlatform.FunctionalTests.Platform;

namespace ModelPlatform.FunctionalTests.Api;

/// <summary>A platform for the tests of the API, without a token, with two models in it.</summary>
public sealed class OpenApiPlatform : IAsyncLifetime
{
    /// <summary>Bytes of <c>plain:v1</c> and <c>org/name:v1</c>: two chunks and a bit.</summary>
    public static readonly byte[] Bytes = RandomNumberGenerator.GetBytes((5_242_880 * 2) + 4_321);

    public RunningPlatform Platform { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Platform = await RunningPlatform.StartAsync(new PlatformOptions
        {
            Arguments = ["--store", "filesystem"],
            Environment = new Dictionary<string, string> { ["MODEL_FETCH_MAX_FILE_SIZE"] = "20000000" },
        });
        await UploadAsync(Platform.Api, "plain");
        await UploadAsync(Platform.Api, "org/name");
    }

    public async ValueTask DisposeAsync() => await Platform.DisposeAsync();

    public Task<RawHttp> SendAsync(string requestLine, params string[] headers) => RawHttp.SendAsync(Platform.ApiPort, requestLine, TestContext.Current.CancellationToken, headers);

    internal static async Task UploadAsync(HttpClient api, string name)
    {
        using var content = new ByteArrayContent(Bytes) { Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") } };
        using var response = await api.PostAsync($"/UploadModelBlob?modelName={name}&modelVersion=v1&framework=onnx", content);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }
}
