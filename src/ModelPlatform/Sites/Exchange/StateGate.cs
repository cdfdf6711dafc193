using System.Text.Json;
using Microsoft.Extensions.Options;
using ModelPlatform.Documents;
using ModelPlatform.Documents.Log;
using ModelPlatform.Documents.Replication;
using ModelPlatform.Manifests;
using ModelPlatform.Manifests.Trust;

namespace ModelPlatform.Sites.Exchange;

/// <summary>Decides whether a state that another site sends is let in. The site may be hostile, and so may what it passes on.</summary>
internal sealed class StateGate(IOptions<DocumentOptions> options, IOptions<TrustOptions> trust, ITrustKeys keys, SiteBoard board, TimeProvider time)
{
    /// <summary>The reason of states that are older than removals are remembered.</summary>
    public const string BeyondHorizon = "beyond_horizon";

    /// <summary>How far ahead of this clock a site's clock is, where that is too far.</summary>
    public TimeSpan? FindSkew(HybridTime theirs)
    {
        var ahead = theirs.Wall - time.GetUtcNow();
        return ahead > options.Value.MaxClockSkew ? ahead : null;
    }

    /// <summary>Why a state may not come in, whatever is here; null where it may.</summary>
    public string? FindFault(FieldState state, string own)
    {
        if (!state.Key.IsValid || !Site.IsValidName(state.Site))
        {
            return "invalid_name";
        }

        if (state.Value?.Length > SyncLimits.MostValueBytes)
        {
            return "too_large";
        }

        if (FindSkew(state.Time) is not null)
        {
            return "from_the_future";
        }

        return !IsValue(state) ? "invalid_value" : FindSignatureFault(state, own);
    }

    /// <summary>Whether a state was here before and was removed so long ago that its removal is forgotten.</summary>
    public bool IsBeyondHorizon(FieldState state, FieldMap map, SiteVector seen)
    {
        var horizon = LogUpkeep.Horizon(time.GetUtcNow(), options.Value.TombstoneHorizon);
        return state.Time < horizon && map.Find(state.Key) is null && (state.Value is null || seen.Covers(state.Site, state.Time));
    }

    private string? FindSignatureFault(FieldState state, string own)
    {
        var root = keys.Root;
        var isKnownKey = state.KeyId is not null && root.Keys.Any(key => key.KeyId == state.KeyId);
        var isProven = isKnownKey && state.Signature is not null
            && TrustChain.FindFault(root, new ManifestSignature(state.KeyId!, Ed25519Signatures.Algorithm, state.Signature), state.Digest, state.Time.Wall) is null;
        if ((isKnownKey && !isProven) || (trust.Value.Require && !isProven))
        {
            return "unverifiable_signature";
        }

        if (state.Site == own)
        {
            // In this site's own name: it may have lost what it wrote (an old backup), but then its own key proves it.
            return isProven && keys.OwnKeys.Contains(state.KeyId!) ? null : "foreign_site";
        }

        if (board.KeysOf(state.Site) is not { } known)
        {
            return isProven ? null : "foreign_site";
        }

        return isProven && known.Count > 0 && !known.Contains(state.KeyId!) ? "unverifiable_signature" : null;
    }

    private static bool IsValue(FieldState state)
    {
        if (state.Value is null)
        {
            return true;
        }

        try
        {
            return state.Field == DocumentKey.ReservedField
                ? JsonSerializer.Deserialize(state.Value.Utf8.Span, DocumentsJson.Default.ModelRegistryDocument) is { } document && document.DocumentId == state.Id
                : JsonSerializer.Deserialize(state.Value.Utf8.Span, DocumentsJson.Default.BlobReference) is { SizeBytes: >= 0, Hash.Length: > 0 and <= 512 };
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
