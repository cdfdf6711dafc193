using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelPlatform.Integrity;
using ModelPlatform.Manifests;
using ModelPlatform.Registry;
using ModelPlatform.Tests.Stores;

namespace ModelPlatform.Tests.Registry;

public sealed class RegistryApiTests(GarnetFixture fixture) : IClassFixture<GarnetFixture>, IAsyncLifetime
{
    private GarnetServer garnet = null!;
    private RegistryHost host = null!;
    private RegistryApi api = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        garnet = await fixture.StartAsync();
        await garnet.EmptyAsync();
        host = await RegistryHost.StartAsync(garnet);
        api = await RegistryApi.StartAsync(garnet, host);
    }

    public async ValueTask DisposeAsync()
    {
        await api.DisposeAsync();
        await host.DisposeAsync();
    }

    [Theory]
    [InlineData("/v2/manifests/org/m")]
    [InlineData("/v2/manifests/org%2Fm:v1")]
    [InlineData("/v2/manifests/org/m:v1")]
    [InlineData("/v2/manifests/org/m?version=v1")]
    [InlineData("/v2/manifests/org/m@champion")]
    [InlineData("/v2/manifests/org%2Fm%40champion")]
    public async Task Manifest_InEverySpelling_IsTheSameWithDistributionAndItsHashAsETag(string path)
    {
        var entry = await host.PublishAsync("org/m:v1");
        await host.Get<IModelAliases>().SetAsync(entry.Id, "champion", Cancel);
        using var response = await api.Client.GetAsync(path, Cancel);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var bytes = await response.Content.ReadAsByteArrayAsync(Cancel);
        Assert.Equal($"\"{Sha256Digest.Of(bytes)}\"", response.Headers.ETag!.Tag);
        Assert.False(response.Headers.ETag.IsWeak);
        var json = JsonNode.Parse(bytes)!;
        Assert.Equal($"{api.Client.BaseAddress}v2/models/org/m:v1/artifacts/model.onnx", json["distribution"]!["gcs"]!.GetValue<string>());
        Assert.Equal(entry.Manifest.Integrity!.ManifestHash.ToString(), json["integrity"]!["manifestHash"]!.GetValue<string>());
        Assert.True(ManifestDocument.Read(bytes, "served").IsSuccess);

        using var head = await api.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, path), Cancel);
        Assert.Equal((HttpStatusCode.OK, bytes.LongLength), (head.StatusCode, head.Content.Headers.ContentLength));
        using var again = new HttpRequestMessage(HttpMethod.Get, path);
        again.Headers.IfNoneMatch.Add(response.Headers.ETag);
        Assert.Equal(HttpStatusCode.NotModified, (await api.Client.SendAsync(again, Cancel)).StatusCode);
        using var other = new HttpRequestMessage(HttpMethod.Get, path);
        other.Headers.IfMatch.Add(new EntityTagHeaderValue("\"other\""));
        await ExpectAsync(await api.Client.SendAsync(other, Cancel), HttpStatusCode.PreconditionFailed, "PRECONDITION_FAILED");
    }

    [Theory]
    [InlineData("GET", "/v2/manifests/none", HttpStatusCode.NotFound, "MODEL_NOT_FOUND")]
    [InlineData("GET", "/v2/manifests/org%2Fm:v2", HttpStatusCode.NotFound, "MODEL_NOT_FOUND")]
    [InlineData("GET", "/v2/manifests/org%2Fm:v1?version=v2", HttpStatusCode.BadRequest, "INVALID_REQUEST")]
    [InlineData("GET", "/v2/manifests/-bad", HttpStatusCode.BadRequest, "INVALID_REQUEST")]
    [InlineData("GET", "/v2/models/org/m/proof/3", HttpStatusCode.NotFound, "NOT_FOUND")]
    [InlineData("GET", "/v2/models/org/m/proof/-1", HttpStatusCode.BadRequest, "INVALID_REQUEST")]
    [InlineData("GET", "/v2/models/org/m/proof/99999999999", HttpStatusCode.BadRequest, "INVALID_REQUEST")]
    [InlineData("GET", "/v2/models/org/m/proof/0?artifact=none", HttpStatusCode.NotFound, "NOT_FOUND")]
    [InlineData("GET", "/v2/catalog?limit=0", HttpStatusCode.BadRequest, "INVALID_REQUEST")]
    [InlineData("GET", "/v2/catalog?cursor=zz", HttpStatusCode.BadRequest, "INVALID_REQUEST")]
    [InlineData("GET", "/v2/select?memory=much", HttpStatusCode.BadRequest, "INVALID_REQUEST")]
    [InlineData("GET", "/v2/select?capabilities=none", HttpStatusCode.NotFound, "MODEL_NOT_FOUND")]
    [InlineData("PUT", "/v1/models/none/pin", HttpStatusCode.NotFound, "MODEL_NOT_FOUND")]
    [InlineData("DELETE", "/v1/models/none", HttpStatusCode.NotFound, "MODEL_NOT_FOUND")]
    [InlineData("GET", "/v1/models/none", HttpStatusCode.NotFound, "MODEL_NOT_FOUND")]
    public async Task Any_BadRequest_AnswersByTheTable(string method, string path, HttpStatusCode status, string code)
    {
        await host.PublishAsync("org/m:v1");
        await ExpectAsync(await api.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path), Cancel), status, code);
    }

    [Fact]
    public async Task Proof_OfEachChunk_HasTheContractsForm()
    {
        var entry = await host.PublishAsync("org/m:v1");
        for (var i = 0; i < 3; i++)
        {
            var json = await api.Client.GetFromJsonAsync<JsonObject>($"/v2/models/org/m:v1/proof/{i}?artifact=model.onnx", Cancel);
            Assert.Equal(["chunkHash", "chunkIndex", "chunkCount", "proof", "merkleRoot"], json!.Select(member => member.Key));
            var node = Sha256Digest.Parse(json!["chunkHash"]!.GetValue<string>());
            foreach (var step in json["proof"]!.AsArray())
            {
                var sibling = Sha256Digest.Parse(step!["hash"]!.GetValue<string>());
                node = step["position"]!.GetValue<string>() == "left" ? Parent(sibling, node) : Parent(node, sibling);
            }

            Assert.Equal(entry.Manifest.Artifacts[0].MerkleRoot, node);
        }
    }

    [Fact]
    public async Task Verification_SignedElsewhereOrTampered_SaysSo()
    {
        var entry = await host.PublishAsync("org/m:v1");
        var foreign = await api.Client.GetFromJsonAsync<JsonObject>("/v2/models/org/m:v1/verification", Cancel);
        Assert.Equal(["valid", "errors", "warnings", "trust", "provenance"], foreign!.Select(member => member.Key));
        Assert.Equal("Insufficient valid signatures: 0/1", Assert.Single(foreign!["errors"]!.AsArray())!.GetValue<string>());

        var record = await host.Records.ReadAsync(RegistryPaths.Manifest(entry.Id), Cancel);
        var json = JsonNode.Parse(record!.Content.Span)!;
        json["artifacts"]![0]!["chunking"]!["chunkHashes"]![0] = Sha256Digest.Of([]).ToString();
        await host.Records.WriteAsync(RegistryPaths.Manifest(entry.Id), JsonSerializer.SerializeToUtf8Bytes(json), RecordCondition.None, Cancel);
        var tampered = await api.Client.GetFromJsonAsync<JsonObject>("/v2/models/org/m:v1/verification", Cancel);
        Assert.Contains("Merkle root mismatch", tampered!["errors"]!.AsArray().Select(error => error!.GetValue<string>()));
    }

    [Fact]
    public async Task Trust_KeysAndRotation_ShowPublicHalvesOnly()
    {
        var before = await api.Client.GetFromJsonAsync<JsonObject>("/v2/trust/keys", Cancel);
        Assert.Equal(["keys", "revoked", "minimumSignaturesRequired", "thresholdSignaturesRequired"], before!.Select(member => member.Key));
        var rotated = await api.Client.PostAsync("/v1/trust/rotate", null, Cancel);
        Assert.Equal(HttpStatusCode.OK, rotated.StatusCode);
        var text = await api.Client.GetStringAsync("/v2/trust/keys", Cancel);
        var keys = JsonNode.Parse(text)!["keys"]!.AsArray();
        Assert.Equal(2, keys.Count);
        Assert.Equal(keys[0]!["keyId"]!.GetValue<string>(), keys[1]!["delegatedBy"]!.GetValue<string>());
        Assert.NotNull(keys[0]!["validUntil"]);
        Assert.DoesNotContain("rivate", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Trust_ANewRootThatTooFewSigned_IsForbidden()
    {
        var root = await api.Client.GetFromJsonAsync<JsonObject>("/v2/trust/keys", Cancel);
        var replaces = CanonicalJson.Hash(root).ToString();
        root!["minimumSignaturesRequired"] = 2;
        await ExpectAsync(await api.Client.PutAsJsonAsync("/v1/trust/root", new { root, replaces, signatures = Array.Empty<object>() }, Cancel), HttpStatusCode.Forbidden, "FORBIDDEN");
        await ExpectAsync(await api.Client.PutAsJsonAsync("/v1/trust/root", new { root, replaces = "other", signatures = Array.Empty<object>() }, Cancel), HttpStatusCode.PreconditionFailed, "PRECONDITION_FAILED");
        await ExpectAsync(await api.Client.PutAsJsonAsync("/v1/trust/root", new { root }, Cancel), HttpStatusCode.BadRequest, "INVALID_REQUEST");
        Assert.Equal(1, (await api.Client.GetFromJsonAsync<JsonObject>("/v2/trust/keys", Cancel))!["minimumSignaturesRequired"]!.GetValue<int>());
    }

    [Fact]
    public async Task Catalog_RowsAndModelList_HaveTheContractsForm()
    {
        await host.PublishAsync("org/m:v1", card: RegistryHost.Card() with { Stage = "production", Metadata = new JsonObject { ["fetchSource"] = "filesystem" } }, metadata: new JsonObject { ["pipelineTag"] = "feature-extraction" });
        await host.PublishAsync("other:v1", 2);
        var catalog = await api.Client.GetFromJsonAsync<JsonObject>("/v2/catalog?tier=micro&capability=embed&stage=production&type=embedding_model&framework=onnx&q=ORG", Cancel);
        var row = Assert.Single(catalog!["models"]!.AsArray())!.AsObject();
        Assert.Equal(["id", "name", "version", "type", "tier", "capabilities", "memoryRequirement", "size", "framework", "stage", "merkleRoot"], row.Select(member => member.Key));

        var list = await api.Client.GetFromJsonAsync<JsonArray>("/ModelList?stage=production", Cancel);
        var listed = Assert.Single(list!)!.AsObject();
        Assert.Equal(["id", "modelName", "modelVersion", "framework", "stage", "blobSize", "uploadedAt", "metadata"], listed.Select(member => member.Key));
        Assert.Equal("filesystem", listed["metadata"]!["fetchSource"]!.GetValue<string>());

        var page = await api.Client.GetFromJsonAsync<JsonObject>("/v2/catalog?limit=1", Cancel);
        var rest = await api.Client.GetFromJsonAsync<JsonObject>($"/v2/catalog?limit=1&cursor={page!["nextCursor"]!.GetValue<string>()}", Cancel);
        Assert.Equal(["org/m:v1", "other:v1"], new[] { page, rest }.Select(found => found!["models"]![0]!["id"]!.GetValue<string>()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Gated_WithoutTheToken_IsNotThere()
    {
        await host.PublishAsync("org/m:v1", card: RegistryHost.Card() with { IsGated = true });
        await host.PublishAsync("open:v1", 2);
        await using var guarded = await RegistryApi.StartAsync(garnet, host, ("MODEL_FETCH_TOKEN", "t0ken"), ("MODEL_FETCH_ANONYMOUS_READ", "true"));
        foreach (var path in new[] { "/v2/manifests/org/m", "/v2/models/org/m:v1/proof/0", "/v2/models/org/m:v1/verification", "/v2/models/org/m/artifacts/model.onnx" })
        {
            await ExpectAsync(await guarded.Client.GetAsync(path, Cancel), HttpStatusCode.NotFound, "MODEL_NOT_FOUND");
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "t0ken");
            Assert.Equal(HttpStatusCode.OK, (await guarded.Client.SendAsync(request, Cancel)).StatusCode);
        }

        Assert.Single((await guarded.Client.GetFromJsonAsync<JsonObject>("/v2/catalog", Cancel))!["models"]!.AsArray());
        await ExpectAsync(await guarded.Client.GetAsync("/ModelList", Cancel), HttpStatusCode.Unauthorized, "UNAUTHORIZED");
        await ExpectAsync(await guarded.Client.PostAsync("/v1/trust/rotate", null, Cancel), HttpStatusCode.Unauthorized, "UNAUTHORIZED");
    }

    [Fact]
    public async Task Model_RegisteredFetchedChangedAndDeleted_ReadsItsStatus()
    {
        const string Path = "/v1/models/org/m:v1";
        await ExpectAsync(await api.Client.PutAsJsonAsync(Path, new { modelType = "wrong" }, Cancel), HttpStatusCode.BadRequest, "INVALID_REQUEST");
        var created = await api.Client.PutAsJsonAsync(Path, new { modelType = "embedding_model", repoId = "org/m", description = "d", totalSizeEstimate = 5, fileCountEstimate = 2 }, Cancel);
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        Assert.Equal("not_downloaded", await StatusAsync(Path));
        Assert.Equal("org/m", Assert.Single((await api.Client.GetFromJsonAsync<JsonArray>("/v1/models", Cancel))!)!["repoId"]!.GetValue<string>());

        await host.PublishAsync("org/m:v1", metadata: new JsonObject { ["baseModel"] = "org/base" });
        Assert.Equal("downloaded", await StatusAsync(Path));
        var changed = await (await api.Client.PatchAsJsonAsync(Path, new { stage = "production", tags = new[] { "a", "b", "a" } }, Cancel)).Content.ReadFromJsonAsync<JsonObject>(Cancel);
        Assert.Equal(("production", 2), (changed!["stage"]!.GetValue<string>(), changed["tags"]!.AsArray().Count));
        await ExpectAsync(await api.Client.PatchAsJsonAsync(Path, new { stage = "somewhere" }, Cancel), HttpStatusCode.BadRequest, "INVALID_REQUEST");
        Assert.Equal(HttpStatusCode.OK, (await api.Client.PutAsync($"{Path}/pin", null, Cancel)).StatusCode);
        Assert.True((await host.FindAsync("org/m"))!.Card.IsPinned);
        Assert.Equal(HttpStatusCode.OK, (await api.Client.DeleteAsync($"{Path}/pin", Cancel)).StatusCode);
        Assert.False((await host.FindAsync("org/m"))!.Card.IsPinned);
        Assert.Equal(HttpStatusCode.OK, (await api.Client.PutAsJsonAsync("/v1/models/org/m/aliases/champion", new { version = "v1" }, Cancel)).StatusCode);
        var state = await api.Client.GetFromJsonAsync<JsonObject>("/v1/models/org/m@champion", Cancel);
        Assert.Equal("champion", Assert.Single(state!["aliases"]!.AsArray())!.GetValue<string>());
        Assert.Equal("org/base", state["parentLineage"]!.GetValue<string>());
        Assert.Equal(HttpStatusCode.NoContent, (await api.Client.DeleteAsync("/v1/models/org/m/aliases/champion", Cancel)).StatusCode);

        Assert.Equal(HttpStatusCode.OK, (await api.Client.DeleteAsync(Path, Cancel)).StatusCode);
        Assert.Equal("not_downloaded", await StatusAsync(Path));
        Assert.Equal(HttpStatusCode.OK, (await api.Client.DeleteAsync($"{Path}?unregister=true", Cancel)).StatusCode);
        await ExpectAsync(await api.Client.GetAsync(Path, Cancel), HttpStatusCode.NotFound, "MODEL_NOT_FOUND");
    }

    [Fact]
    public async Task Rebuild_AnswersWhatItFound()
    {
        await host.PublishAsync("org/m:v1");
        await host.Records.WriteAsync("manifests/models/bad/v1/manifest.json", "{"u8.ToArray(), RecordCondition.None, Cancel);
        var rebuilt = await (await api.Client.PostAsync("/v1/registry/rebuild", null, Cancel)).Content.ReadFromJsonAsync<JsonObject>(Cancel);
        Assert.Equal(1, rebuilt!["models"]!.GetValue<int>());
        Assert.Contains("bad:v1", Assert.Single(rebuilt["problems"]!.AsArray())!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Select_ExplainsItself()
    {
        var embed = new JsonObject { ["pipelineTag"] = "feature-extraction" };
        await host.PublishAsync("small:v1", 1, metadata: embed);
        await host.PublishAsync("talker:v1", 2, metadata: new JsonObject { ["pipelineTag"] = "text-generation" });
        var chosen = await api.Client.GetFromJsonAsync<JsonObject>($"/v2/select?capabilities=embed&memory={512L * 1024 * 1024}&provider=CPUExecutionProvider", Cancel);
        Assert.Equal("small:v1", chosen!["selected"]!["id"]!.GetValue<string>());
        Assert.Equal("micro", chosen["tier"]!["name"]!.GetValue<string>());
        var rejected = Assert.Single(chosen["rejected"]!.AsArray())!;
        Assert.Equal(("talker:v1", "It lacks embed."), (rejected["id"]!.GetValue<string>(), rejected["reason"]!.GetValue<string>()));
    }

    /// <summary>A deployed edge loader: knows only the catalog, the manifest and <c>distribution.gcs</c>, and believes no byte it has not hashed.</summary>
    [Fact]
    public async Task EdgeLoader_WrittenFromTheContract_LoadsAndStopsAtTheFirstWrongChunk()
    {
        var entry = await host.PublishAsync("org/m:v1", metadata: new JsonObject { ["pipelineTag"] = "feature-extraction" });
        var primary = entry.Manifest.Artifacts[0];
        Assert.Equal((0, $"loaded org/m:v1 {primary.Size} {primary.Sha256}"), await RunLoaderAsync());

        await using (var proxy = await FlippingProxy.StartAsync(api.Client.BaseAddress!, flipAt: 1500))
        {
            Assert.Equal((1, "Chunk verification failed: 1"), await RunLoaderAsync(proxy.Address));
        }
    }

    private async Task<(int ExitCode, string Output)> RunLoaderAsync(Uri? address = null)
    {
        var script = Path.Combine(AppContext.BaseDirectory, "Registry", "edge-loader.mjs");
        using var node = Process.Start(new ProcessStartInfo("node", [script, (address ?? api.Client.BaseAddress!).ToString()]) { RedirectStandardOutput = true })!;
        var output = await node.StandardOutput.ReadToEndAsync(Cancel);
        await node.WaitForExitAsync(Cancel);
        return (node.ExitCode, output.Trim());
    }

    private async Task<string?> StatusAsync(string path) => (await api.Client.GetFromJsonAsync<JsonObject>(path, Cancel))!["status"]!.GetValue<string>();

    private static async Task ExpectAsync(HttpResponseMessage response, HttpStatusCode status, string code)
    {
        using (response)
        {
            var text = await response.Content.ReadAsStringAsync(Cancel);
            Assert.Equal((status, code), (response.StatusCode, JsonNode.Parse(text)!["code"]!.GetValue<string>()));
            Assert.NotNull(JsonNode.Parse(text)!["retryable"]);
        }
    }

    private static Sha256Digest Parent(Sha256Digest left, Sha256Digest right)
    {
        var pair = new byte[64];
        left.CopyTo(pair);
        right.CopyTo(pair.AsSpan(32));
        return Sha256Digest.Of(pair);
    }
}
