using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using ModelPlatform.Integrity;
using ModelPlatform.Manifests.Trust;

namespace ModelPlatform.Tests.Manifests;

public sealed class ManifestVerifierTests : IAsyncLifetime
{
    private const string NoneOfOne = "Insufficient valid signatures: 0/1";

    private TrustFixture trust = null!;

    public async ValueTask InitializeAsync() => trust = await TrustFixture.CreateAsync();

    public ValueTask DisposeAsync() => trust.DisposeAsync();

    [Fact]
    public void Verify_SignedHere_IsValidWithoutWarnings()
    {
        var result = trust.Verify(trust.Compose(), require: true);
        Assert.True(result.Valid, string.Join("; ", result.Errors));
        Assert.Empty(result.Warnings);
        Assert.Equal((1, 1), (result.Trust.ValidSignatures, result.Trust.RequiredSignatures));
        Assert.Equal("filesystem", result.Provenance!.Source!.Name);
    }

    /// <summary>What somebody does to a manifest, whether they make its hashes right again, and what the verifier says.</summary>
    public static TheoryData<string, bool, string> Tampers => new()
    {
        { "size", false, "Manifest hash mismatch" },
        { "size by a chunk", false, "artifacts[0].chunking: 5500 bytes in chunks of 1000 are 6 chunks, but chunkCount is 5 and chunkHashes has 5" },
        { "chunk replaced", false, "Merkle root mismatch" },
        { "chunk replaced", true, NoneOfOne },
        { "chunks swapped", false, "Merkle root mismatch" },
        { "chunks swapped", true, NoneOfOne },
        { "last chunk twice", true, "artifacts[0].chunking: 4500 bytes in chunks of 1000 are 5 chunks, but chunkCount is 6 and chunkHashes has 6" },
        { "file hash", false, "Manifest hash mismatch" },
        { "file hash", true, NoneOfOne },
        { "file added", true, NoneOfOne },
        { "file removed", true, NoneOfOne },
        { "renamed", true, NoneOfOne },
        { "signatures stripped", false, NoneOfOne },
        { "signature of nobody", false, NoneOfOne },
        { "algorithm none", false, NoneOfOne },
        { "algorithm hmac", false, NoneOfOne },
        { "key brought along", true, NoneOfOne },
        { "replayed from another manifest", false, NoneOfOne },
        { "requirement lowered", true, NoneOfOne },
        { "back-dated", true, NoneOfOne },
        { "source", false, "Manifest hash mismatch" },
        { "unknown member", false, "Manifest hash mismatch" },
        { "payload hash", false, "Signed payload hash mismatch" },
        { "integrity root", false, "Merkle root mismatch" },
        { "integrity chunks", false, "integrity.chunking differs from artifacts[0].chunking" },
        { "schema newer", true, "Manifest has schema 2.1.0, newer than 2.0.0" },
    };

    [Theory]
    [MemberData(nameof(Tampers))]
    public void Verify_Tampered_IsRefusedWithItsText(string tamper, bool rehash, string expected)
    {
        using var forger = new TestKey("forger");
        var other = JsonNode.Parse(trust.Compose("org/other:1.0.0"))!;
        var changed = TrustFixture.Change(trust.Compose(), json => Apply(tamper, json, forger, other), rehash);
        var result = trust.Verify(changed);
        Assert.False(result.Valid);
        Assert.Contains(result.Errors, error => error.StartsWith(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void Verify_AnyLeafChanged_IsRefused()
    {
        var manifest = trust.Compose();
        var leaves = Leaves(JsonNode.Parse(manifest)!, []).ToList();
        Gen.Int[0, leaves.Count - 1].Sample(at =>
        {
            var changed = TrustFixture.Change(manifest, json => Spoil(json, leaves[at]));
            Assert.False(trust.Verify(changed).Valid, $"A change at {string.Join('.', leaves[at])} went unnoticed.");
        }, iter: leaves.Count * 3);
    }

    [Theory]
    [InlineData("model.id", "Missing model.id")]
    [InlineData("model.version", "Missing model.version")]
    [InlineData("artifacts", "No artifacts defined")]
    public void Verify_SomethingMissing_IsNamed(string member, string error)
    {
        var changed = TrustFixture.Change(trust.Compose(), json => Remove(json, member));
        Assert.Equal([error], trust.Verify(changed).Errors);
    }

    [Theory]
    [InlineData("integrity", "No integrity block present", true)]
    [InlineData("provenance", "No provenance information", false)]
    [InlineData("schemaVersion", "Manifest uses old schema version", false)]
    public void Verify_SomethingOptionalMissing_IsAWarning(string member, string warning, bool isValid)
    {
        var changed = TrustFixture.Change(trust.Compose(), json =>
        {
            Remove(json, "trust");
            Remove(json, member);
        });
        var result = trust.Verify(changed);
        Assert.Contains(warning, result.Warnings);
        Assert.Equal(isValid, result.Valid);
    }

    [Fact]
    public void Verify_NeverSigned_IsAWarningUnlessRequired()
    {
        var unsigned = TrustFixture.Change(trust.Compose(), json =>
        {
            json.Remove("trust");
            json["integrity"]!["signatures"] = new JsonArray();
        }, rehash: true);
        Assert.True(trust.Verify(unsigned).Valid);
        Assert.Equal(["No signatures present"], trust.Verify(unsigned).Warnings);
        Assert.Equal([NoneOfOne], trust.Verify(unsigned, require: true).Errors);
    }

    [Fact]
    public void Verify_TheManifestAsksForTwo_DistinctKeysCount()
    {
        using var second = new TestKey("second");
        var root = trust.Keys.Root with { Keys = [.. trust.Keys.Root.Keys, second.Public, second.Public with { KeyId = "second-by-another-name" }] };
        var asks = TrustFixture.Change(trust.Compose(), json => json["trust"]!["minimumSignaturesRequired"] = 2, rehash: true);
        var bySecond = second.AddTo(TrustFixture.Change(asks, json => json["integrity"]!["signatures"] = new JsonArray()));
        Assert.Equal(["Insufficient valid signatures: 1/2"], trust.Verify(bySecond, root).Errors);

        var twice = second.AddTo(bySecond);
        Assert.Equal(["Insufficient valid signatures: 1/2"], trust.Verify(twice, root).Errors);

        var renamed = TrustFixture.Change(twice, json => json["integrity"]!["signatures"]![1]!["keyId"] = "second-by-another-name");
        Assert.Equal(["Insufficient valid signatures: 1/2"], trust.Verify(renamed, root).Errors);

        using var third = new TestKey("third");
        Assert.True(trust.Verify(third.AddTo(bySecond), root with { Keys = [.. root.Keys, third.Public] }).Valid);
    }

    [Fact]
    public void Verify_TheRootAsksForTwo_AManifestCannotLowerIt()
    {
        var root = trust.Keys.Root with { MinimumSignaturesRequired = 2 };
        Assert.Equal(["Insufficient valid signatures: 1/2"], trust.Verify(trust.Compose(), root).Errors);
    }

    public static TheoryData<string, string?> KeyStates => new()
    {
        { "good", null },
        { "revoked", "is revoked" },
        { "expired", "is valid from" },
        { "not yet valid", "is valid from" },
        { "may not sign", "may not sign-manifest" },
        { "of another algorithm", "is not of ed25519" },
        { "delegated", null },
        { "delegated twice", null },
        { "delegation forged", "is not signed by it" },
        { "delegation of another key", "is not signed by it" },
        { "delegation unsigned", "is not signed by it" },
        { "delegated by nobody", "leads to no key" },
        { "delegated by who may not", "may not delegate" },
        { "delegated by a revoked key", "is revoked" },
        { "delegated after the delegator's end", "is valid from" },
        { "delegated more than the delegator has", "cannot delegate it" },
        { "delegated in a circle", "leads to no key" },
    };

    [Theory]
    [MemberData(nameof(KeyStates))]
    public void Verify_ByTheStateOfTheKey_CountsOrSaysWhyNot(string state, string? fault)
    {
        using var key = new TestKey("key");
        using var authority = new TestKey("authority", TrustedKey.Delegate, TrustedKey.SignManifest);
        using var top = new TestKey("top", TrustedKey.Delegate, TrustedKey.SignManifest);
        var signed = key.AddTo(TrustFixture.Change(trust.Compose(), json => json["integrity"]!["signatures"] = new JsonArray()));
        var root = RootFor(state, key, authority, top);
        var result = trust.Verify(signed, root);
        Assert.Equal(fault is null, result.Valid);
        if (fault is not null)
        {
            Assert.Equal([NoneOfOne], result.Errors);
            Assert.Contains(result.Warnings, warning => warning.Contains(fault, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"schemaVersion\":\"2.0.0\",\"schemaVersion\":\"2.0.0\"}")]
    [InlineData("{\"model\":{\"id\":1}}")]
    [InlineData("\u0000")]
    public void Verify_NoManifest_IsRefused(string text) => Assert.False(trust.Verify(Encoding.UTF8.GetBytes(text)).Valid);

    [Fact]
    public void Verify_DeepNesting_IsRefused() =>
        Assert.False(trust.Verify(Encoding.UTF8.GetBytes(new string('[', 100_000))).Valid);

    private static void Apply(string tamper, JsonObject json, TestKey forger, JsonNode other)
    {
        var primary = json["artifacts"]![0]!;
        var hashes = primary["chunking"]!["chunkHashes"]!.AsArray();
        var signature = json["integrity"]!["signatures"]![0]!;
        switch (tamper)
        {
            case "size": primary["size"] = 4501; break;
            case "size by a chunk": primary["size"] = 5500; break;
            case "chunk replaced": hashes[1] = TrustFixture.Digest("x").ToString(); break;
            case "chunks swapped": (hashes[0], hashes[1]) = (hashes[1]!.DeepClone(), hashes[0]!.DeepClone()); break;
            case "last chunk twice":
                hashes.Add(hashes[4]!.DeepClone());
                primary["chunking"]!["chunkCount"] = 6;
                break;
            case "file hash": primary["sha256"] = TrustFixture.Digest("x").ToString(); break;
            case "file added":
                var added = json["artifacts"]![1]!.DeepClone();
                added["path"] = "evil.json";
                json["artifacts"]!.AsArray().Add(added);
                break;
            case "file removed": json["artifacts"]!.AsArray().RemoveAt(1); break;
            case "renamed":
                json["model"]!["id"] = "org/trusted:1.0.0";
                json["model"]!["name"] = "org/trusted";
                break;
            case "signatures stripped": json["integrity"]!["signatures"] = new JsonArray(); break;
            case "signature of nobody": signature["keyId"] = "0000000000000000"; break;
            case "algorithm none": signature["algorithm"] = "none"; break;
            case "algorithm hmac": signature["algorithm"] = "hmac-sha256"; break;
            case "key brought along":
                json["trust"]!["keys"] = new JsonArray(new JsonObject { ["keyId"] = "forger", ["publicKey"] = forger.Public.PublicKey });
                json["integrity"]!["signatures"] = new JsonArray(forger.Sign(TrustFixture.Rehash(json)));
                break;
            case "replayed from another manifest": json["integrity"]!["signatures"] = other["integrity"]!["signatures"]!.DeepClone(); break;
            case "requirement lowered": json["trust"]!["minimumSignaturesRequired"] = 0; break;
            case "back-dated": json["integrity"]!["timestamp"] = "2020-01-01T00:00:00.000Z"; break;
            case "source": json["provenance"]!["source"]!["reference"] = "elsewhere"; break;
            case "unknown member": json["x"] = 1; break;
            case "payload hash": json["integrity"]!["signedPayloadHash"] = TrustFixture.Digest("x").ToString(); break;
            case "integrity root": json["integrity"]!["merkleRoot"] = TrustFixture.Digest("x").ToString(); break;
            case "integrity chunks": json["integrity"]!["chunking"]!["chunkHashes"]![0] = TrustFixture.Digest("x").ToString(); break;
            case "schema newer": json["schemaVersion"] = "2.1.0"; break;
            default: throw new ArgumentOutOfRangeException(nameof(tamper), tamper, null);
        }
    }

    private static TrustRoot RootFor(string state, TestKey key, TestKey authority, TestKey top)
    {
        var own = key.Public;
        return state switch
        {
            "good" => Root(own),
            "revoked" => Root(own) with { Revoked = ["key"] },
            "expired" => Root(own with { ValidUntil = DateTimeOffset.UnixEpoch.AddYears(1) }),
            "not yet valid" => Root(own with { ValidFrom = new DateTimeOffset(2999, 1, 1, 0, 0, 0, TimeSpan.Zero) }),
            "may not sign" => Root(own with { Capabilities = [TrustedKey.SignAdapter] }),
            "of another algorithm" => Root(own with { Algorithm = "rsa" }),
            "delegated" => Root(authority.Delegate(own), authority.Public),
            "delegated twice" => Root(authority.Delegate(own), top.Delegate(authority.Public), top.Public),
            "delegation forged" => Root(authority.Delegate(own) with { Capabilities = [TrustedKey.SignManifest, TrustedKey.Delegate] }, authority.Public),
            "delegation of another key" => Root(own with { DelegatedBy = "authority", DelegationSignature = authority.Delegate(top.Public).DelegationSignature }, authority.Public),
            "delegation unsigned" => Root(own with { DelegatedBy = "authority" }, authority.Public),
            "delegated by nobody" => Root(authority.Delegate(own)),
            "delegated by who may not" => Root(authority.Delegate(own), authority.Public with { Capabilities = [TrustedKey.SignManifest] }),
            "delegated by a revoked key" => Root(authority.Delegate(own), authority.Public) with { Revoked = ["authority"] },
            "delegated after the delegator's end" => Root(authority.Delegate(own with { ValidFrom = DateTimeOffset.UnixEpoch.AddYears(2) }), authority.Public with { ValidUntil = DateTimeOffset.UnixEpoch.AddYears(1) }),
            "delegated more than the delegator has" => Root(authority.Delegate(own), authority.Public with { Capabilities = [TrustedKey.Delegate] }),
            "delegated in a circle" => Root(authority.Delegate(own), top.Delegate(authority.Public), authority.Delegate(top.Public)),
            _ => throw new ArgumentOutOfRangeException(nameof(state), state, null),
        };
    }

    private static TrustRoot Root(params TrustedKey[] keys) => new() { Keys = keys };

    private static void Remove(JsonObject json, string member)
    {
        var parts = member.Split('.');
        (parts.Length == 1 ? json : json[parts[0]]!.AsObject()).Remove(parts[^1]);
    }

    private static IEnumerable<object[]> Leaves(JsonNode node, object[] path) => node switch
    {
        JsonObject members => members.SelectMany(member => Leaves(member.Value!, [.. path, member.Key])),
        JsonArray items => items.SelectMany((item, i) => Leaves(item!, [.. path, i])),
        _ => [path],
    };

    private static void Spoil(JsonNode json, object[] path)
    {
        var parent = path[..^1].Aggregate(json, (node, step) => step is int i ? node[i]! : node[(string)step]!);
        var old = path[^1] is int at ? parent[at]! : parent[(string)path[^1]]!;
        JsonNode changed = old.GetValueKind() switch
        {
            System.Text.Json.JsonValueKind.Number => old.GetValue<long>() + 1,
            _ => Other(old.GetValue<string>()),
        };
        if (path[^1] is int index)
        {
            parent[index] = changed;
        }
        else
        {
            parent[(string)path[^1]] = changed;
        }
    }

    private static string Other(string text) => text.Length == 0 ? "x" : text[..^1] + (text[^1] == '1' ? '2' : '1');
}
