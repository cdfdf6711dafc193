using ModelPlatform.Sources;

namespace ModelPlatform.Manifests.Trust;

/// <summary>The trust root, and this platform's own key in it.</summary>
public interface ITrustKeys
{
    /// <summary>Whom to believe, as the file stands now.</summary>
    TrustRoot Root { get; }

    /// <summary>The key this platform signs with, and before it those it signed with earlier.</summary>
    IReadOnlyList<string> OwnKeys { get; }

    /// <summary>Makes a new platform key, vouched for by the old one, which signs no more but stays valid for what it signed.</summary>
    /// <returns>The new key's public half.</returns>
    Task<TrustedKey> RotateAsync(CancellationToken cancellationToken);

    /// <summary>Puts a new root in the place of this one, where as many of its keys agree as <see cref="TrustRoot.ThresholdSignaturesRequired"/> says.</summary>
    /// <returns>The root as it stands then; PreconditionFailed where it is made for another root than this one, Forbidden where too few have signed, InvalidRequest where it cannot be used.</returns>
    Task<Result<TrustRoot>> ReplaceAsync(SignedTrustRoot replacement, CancellationToken cancellationToken);
}
