namespace ModelPlatform.Manifests.Trust;

/// <summary>The trust root, and this platform's own key in it.</summary>
public interface ITrustKeys
{
    /// <summary>Whom to believe, as the file stands now.</summary>
    TrustRoot Root { get; }

    /// <summary>Makes a new platform key, vouched for by the old one, which signs no more but stays valid for what it signed.</summary>
    /// <returns>The new key's public half.</returns>
    Task<TrustedKey> RotateAsync(CancellationToken cancellationToken);
}
