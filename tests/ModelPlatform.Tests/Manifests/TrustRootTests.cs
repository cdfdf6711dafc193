using System.Text.Json;
using ModelPlatform.Manifests;
using ModelPlatform.Manifests.Trust;
using ModelPlatform.Sources;

namespace ModelPlatform.Tests.Manifests;

/// <summary>Operations on the root itself: thresholdSignaturesRequired.</summary>
public sealed class TrustRootTests : IAsyncLifetime
{
    private readonly TestKey first = new("first", TrustedKey.Delegate);
    private readonly TestKey second = new("second", TrustedKey.Delegate, TrustedKey.SignManifest);
    private readonly TestKey signer = new("signer", TrustedKey.SignManifest);
    private readonly TestKey revoked = new("revoked", TrustedKey.Delegate);
    private TrustFixture trust = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        trust = await TrustFixture.CreateAsync();
        var root = trust.Keys.Root;
        var alias = first.Public with { KeyId = "first-by-another-name" };
        var given = root with { Keys = [.. root.Keys, first.Public, alias, second.Public, signer.Public, revoked.Public], Revoked = ["revoked"] };
        await File.WriteAllBytesAsync(Path.Combine(trust.Directory, "trust-root.json"), JsonSerializer.SerializeToUtf8Bytes(given, TrustJson.Default.TrustRoot), Cancel);
        File.SetLastWriteTimeUtc(Path.Combine(trust.Directory, "trust-root.json"), DateTime.UnixEpoch.AddYears(50));
    }

    public async ValueTask DisposeAsync()
    {
        await trust.DisposeAsync();
        foreach (var key in new[] { first, second, signer, revoked })
        {
            key.Dispose();
        }
    }

    [Fact]
    public async Task Replace_TwoOfTheOldRootAgree_HoldsForEveryProcess()
    {
        var signed = Sign(Without("signer"), first, second);
        Assert.True((await trust.Keys.ReplaceAsync(signed, Cancel)).IsSuccess);
        using var other = trust.Open();
        Assert.DoesNotContain(other.Root.Keys, key => key.KeyId == "signer");

        // Signed once, used once.
        Assert.Equal(ErrorCode.PreconditionFailed, (await trust.Keys.ReplaceAsync(signed, Cancel)).Error?.Code);
    }

    public static TheoryData<string, string> Refusals => new()
    {
        { "nobody", "0/2." },
        { "one", "1/2." },
        { "one twice", "1/2." },
        { "one by two names", "1/2." },
        { "one and who may not delegate", "1/2, key signer may not delegate." },
        { "one and a revoked key", "1/2, key revoked is revoked." },
        { "one and a stranger", "1/2, the key is not in the trust root." },
        { "two, to another root", "0/2, the signature does not match, the signature does not match." },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task Replace_TooFewAgree_IsForbidden(string agreed, string refusal)
    {
        using var stranger = new TestKey("stranger", TrustedKey.Delegate);
        var root = Without("signer");
        var signed = agreed switch
        {
            "nobody" => Sign(root),
            "one" => Sign(root, first),
            "one twice" => Sign(root, first, first),
            "one by two names" => Sign(root, first) is var one ? one with { Signatures = [.. one.Signatures, one.Signatures[0] with { KeyId = "first-by-another-name" }] } : one,
            "one and who may not delegate" => Sign(root, first, signer),
            "one and a revoked key" => Sign(root, first, revoked),
            "one and a stranger" => Sign(root, first, stranger),
            _ => Sign(root, first, second) with { Root = root with { ThresholdSignaturesRequired = 1 } },
        };
        var before = SignedTrustRoot.NameOf(trust.Keys.Root);
        var refused = (await trust.Keys.ReplaceAsync(signed, Cancel)).Error;
        Assert.Equal((ErrorCode.Forbidden, $"Insufficient valid signatures on the new trust root: {refusal}"), (refused!.Code, refused.Message));
        Assert.Equal(before, SignedTrustRoot.NameOf(trust.Keys.Root));
    }

    [Fact]
    public async Task Replace_ByARootThatCannotBeUsed_IsRefused()
    {
        var root = trust.Keys.Root;
        foreach (var bad in new[] { root with { MinimumSignaturesRequired = 0 }, root with { Keys = [.. root.Keys, first.Public] }, root with { Keys = [first.Public with { PublicKey = "AAAA" }] } })
        {
            Assert.Equal(ErrorCode.InvalidRequest, (await trust.Keys.ReplaceAsync(Sign(bad, first, second), Cancel)).Error?.Code);
        }
    }

    private TrustRoot Without(string key) => trust.Keys.Root with { Keys = [.. trust.Keys.Root.Keys.Where(known => known.KeyId != key)] };

    private SignedTrustRoot Sign(TrustRoot root, params TestKey[] keys)
    {
        var unsigned = new SignedTrustRoot(root, SignedTrustRoot.NameOf(trust.Keys.Root), []);
        return unsigned with { Signatures = [.. keys.Select(key => key.Agree(unsigned))] };
    }
}
