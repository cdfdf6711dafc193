using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using ModelPlatform.Api.Documents;
using ModelPlatform.Documents;
using ModelPlatform.Documents.Log;
using ModelPlatform.Manifests.Memory;

namespace ModelPlatform.Tests.Documents;

public sealed class DocumentTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""{"hash":"deadbeef","size_bytes":123,"metadata":{}}""")]
    [InlineData("""{"hash":"sha256:abc123","size_bytes":0,"metadata":{"name":"a","content_type":"b/c","custom":{"k":"v","K":"w"}}}""")]
    public void BlobReference_Json_IsTheSeeds(string json) =>
        Assert.Equal(json, JsonSerializer.Serialize(JsonSerializer.Deserialize(json, DocumentsJson.Default.BlobReference)!, DocumentsJson.Default.BlobReference));

    [Fact]
    public void BlobReference_WithoutMetadataOrWithEmptyCustom_WritesMetadataAlways()
    {
        Assert.Equal("""{"hash":"x","size_bytes":1,"metadata":{}}""", JsonSerializer.Serialize(new BlobReference { Hash = "x", SizeBytes = 1, Metadata = new BlobMetadata { Custom = new Dictionary<string, string>() } }, DocumentsJson.Default.BlobReference));
    }

    [Fact]
    public void ModelRegistryDocument_Json_IsTheSeeds()
    {
        const string Json = """{"model_id":"target_recognition","version":"4.2.1","variants":{"fp32_cuda":{"blob":{"hash":"h","size_bytes":5,"metadata":{}},"precision":"float32","execution_providers":["CUDAExecutionProvider","CPUExecutionProvider"],"min_gpu_memory_gb":4}},"provenance":{"signed_by":"a","signature":"s","signed_at":"t"},"description":"d"}""";
        var document = JsonSerializer.Deserialize(Json, DocumentsJson.Default.ModelRegistryDocument)!;
        Assert.Equal(Json, JsonSerializer.Serialize(document, DocumentsJson.Default.ModelRegistryDocument));
        Assert.Equal("target_recognition:4.2.1", document.DocumentId);
        var replaced = document.WithVariant("fp32_cuda", document.Variants["fp32_cuda"] with { Precision = "float16" }).WithVariant("int8", document.Variants["fp32_cuda"]);
        Assert.Equal((2, "float16"), (replaced.Variants.Count, replaced.Variants["fp32_cuda"].Precision));
    }

    [Fact]
    public async Task Store_ReferencesFromManyAtOnce_LosesNone()
    {
        var store = new DocumentStore(new DocumentLog(new MemoryRecordStore(TimeProvider.System), null, TimeProvider.System));
        Assert.True(DocumentKey.TryCreate("models", "org/name:v1", out var key));
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => store.StoreAsync(key, $"f{i}", new BlobReference { Hash = $"{i}", SizeBytes = i }, Cancel), Cancel)));
        Assert.Equal(20, (await store.ListReferencesAsync(key, Cancel))!.Count);
        Assert.True(await store.RemoveAsync(key, "f3", Cancel));
        Assert.False(await store.RemoveAsync(key, "f3", Cancel));
        Assert.Null(await store.FindAsync(key, "f3", Cancel));
        Assert.Equal(["org/name:v1"], (await store.ListAsync("models", null, 10, Cancel)).Documents);
    }

    [Fact]
    public async Task Api_DocumentsAndReferences_KeepToTheContract()
    {
        await using var api = await Api.ApiHost.StartAsync(
            map => map.MapDocuments(), mapPrivate: app => app.MapDocumentChanges(), services: services => services.AddSingleton<IDocumentStore>(new DocumentStore(new DocumentLog(new MemoryRecordStore(TimeProvider.System), null, TimeProvider.System))));
        const string Doc = "/v2/documents/models/org%2Fname:v1";
        const string Reference = """{"hash":"sha256:abc","size_bytes":7,"metadata":{"custom":{"k":"v"}}}""";
        Assert.Equal(HttpStatusCode.NotFound, (await api.Client.GetAsync($"{Doc}/weights", Cancel)).StatusCode);
        Assert.Equal(Reference, await PutAsync(api.Client, $"{Doc}/weights", Reference));
        Assert.Equal(Reference, await api.Client.GetStringAsync($"{Doc}/weights", Cancel));
        Assert.Equal($$"""{"weights":{{Reference}}}""", await api.Client.GetStringAsync(Doc, Cancel));
        Assert.Equal("""{"documents":["org/name:v1"],"nextCursor":null}""", await api.Client.GetStringAsync("/v2/documents/models", Cancel));
        Assert.Equal(HttpStatusCode.NoContent, (await api.Client.DeleteAsync($"{Doc}/weights", Cancel)).StatusCode);
        Assert.Equal("{}", await api.Client.GetStringAsync(Doc, Cancel));
        Assert.Equal("""{"documents":[],"nextCursor":null}""", await api.Client.GetStringAsync("/v2/documents/models", Cancel));

        const string Whole = """{"model_id":"org/name","version":"v1","variants":{"a":{"blob":""" + Reference + ""","precision":"int8","execution_providers":[]}}}""";
        Assert.Equal(Whole, await PutAsync(api.Client, $"{Doc}/document", Whole));
        Assert.Equal(Whole, await api.Client.GetStringAsync($"{Doc}/document", Cancel));
        Assert.Equal(HttpStatusCode.NoContent, (await api.Client.DeleteAsync(Doc, Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await api.Client.DeleteAsync(Doc, Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await api.Client.GetAsync($"{Doc}/document", Cancel)).StatusCode);
        foreach (var (path, body) in new[] { ($"{Doc}/weights", "{}"), ($"{Doc}/weights", """{"hash":"","size_bytes":1}"""), ($"{Doc}/weights", """{"hash":"x","size_bytes":-1}"""), ("/v2/documents/models/other:v1/document", Whole) })
        {
            var answer = await api.Client.PutAsync(path, new StringContent(body, Encoding.UTF8, "application/json"), Cancel);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        }
    }

    private static async Task<string> PutAsync(HttpClient client, string path, string body)
    {
        var answer = await client.PutAsync(path, new StringContent(body, Encoding.UTF8, "application/json"), Cancel);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync(Cancel);
    }
}
