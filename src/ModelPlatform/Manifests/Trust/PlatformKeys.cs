using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ModelPlatform.Chunks.FileSystem;
using ModelPlatform.Integrity;
using ModelPlatform.Manifests.FileSystem;
using ModelPlatform.Sources;
using NSec.Cryptography;

namespace ModelPlatform.Manifests.Trust;

/// <summary>
/// The platform's key and trust root in one directory that all its processes share: <c>trust-root.json</c>, public, an operator may add keys and revocations;
/// <c>{keyId}.key</c>, PKCS #8 PEM, readable by the owner alone, never served. The newest key that is in the root and has a private half signs.
/// </summary>
internal sealed partial class PlatformKeys(string directory, TimeProvider time, ILogger<PlatformKeys> logger) : ITrustKeys, IManifestSigner, IHostedService, IDisposable
{
    private const string RootFile = "trust-root.json";
    private const string LockFile = ".lock";
    private const string KeySet = "platform";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerDirectory = OwnerOnly | UnixFileMode.UserExecute;

    private readonly Lock gate = new();
    private (TrustRoot Root, DateTime Modified) read = (new TrustRoot(), default);
    private (string KeyId, Key Key)? signing;

    public ManifestTrust Trust => new(KeySet, Root.MinimumSignaturesRequired);

    public TrustRoot Root
    {
        get
        {
            lock (gate)
            {
                Refresh();
                return read.Root;
            }
        }
    }

    public IReadOnlyList<string> OwnKeys
    {
        get
        {
            lock (gate)
            {
                var own = new List<string>();
                for (var key = FindSigner(); key is not null && !own.Contains(key.KeyId); key = read.Root.Keys.FirstOrDefault(older => older.KeyId == key.DelegatedBy))
                {
                    own.Add(key.KeyId);
                }

                return own;
            }
        }
    }

    private string RootPath => Path.Combine(directory, RootFile);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(directory);
        }
        else
        {
            Directory.CreateDirectory(directory, OwnerDirectory);
        }

        await using var held = await FileLock.AcquireAsync(Path.Combine(directory, LockFile), time, cancellationToken);
        if (FindSigner() is null)
        {
            var created = Create(null);
            Write(Root with { Keys = [.. Root.Keys, created] });
            LogCreated(created.KeyId, directory);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public IReadOnlyList<ManifestSignature> Sign(Sha256Digest signedPayloadHash)
    {
        lock (gate)
        {
            var (keyId, key) = Signer();
            return [new ManifestSignature(keyId, Ed25519Signatures.Algorithm, Ed25519Signatures.Sign(key, signedPayloadHash))];
        }
    }

    public async Task<TrustedKey> RotateAsync(CancellationToken cancellationToken)
    {
        await using var held = await FileLock.AcquireAsync(Path.Combine(directory, LockFile), time, cancellationToken);
        lock (gate)
        {
            Refresh();
            var old = FindSigner();
            var created = Create(old);
            var now = created.ValidFrom;
            Write(read.Root with { Keys = [.. read.Root.Keys.Select(key => key.KeyId == old?.KeyId ? key with { ValidUntil = now } : key), created] });
            if (old is not null)
            {
                signing?.Key.Dispose();
                signing = null;
                File.Delete(KeyPath(old.KeyId));
            }

            LogRotated(created.KeyId, old?.KeyId);
            return created;
        }
    }

    public async Task<Result<TrustRoot>> ReplaceAsync(SignedTrustRoot replacement, CancellationToken cancellationToken)
    {
        await using var held = await FileLock.AcquireAsync(Path.Combine(directory, LockFile), time, cancellationToken);
        lock (gate)
        {
            Refresh();
            var old = read.Root;
            if (replacement.Replaces != SignedTrustRoot.NameOf(old))
            {
                return new PlatformError(ErrorCode.PreconditionFailed, $"The new trust root replaces {replacement.Replaces}, but the one in force is {SignedTrustRoot.NameOf(old)}.");
            }

            if (FindFault(replacement.Root) is { } fault)
            {
                return new PlatformError(ErrorCode.InvalidRequest, $"The new trust root cannot be used: {fault}.");
            }

            if (Refuse(old, replacement) is { } refusal)
            {
                return refusal;
            }

            Write(replacement.Root);
            LogReplaced(replacement.Replaces, SignedTrustRoot.NameOf(replacement.Root));
            return read.Root;
        }
    }

    private PlatformError? Refuse(TrustRoot old, SignedTrustRoot replacement)
    {
        var payload = replacement.Payload;
        var faults = new List<string>();
        var signers = new HashSet<string>(StringComparer.Ordinal);
        foreach (var signature in replacement.Signatures)
        {
            if (TrustChain.FindFault(old, signature, payload, time.GetUtcNow(), TrustedKey.Delegate) is { } fault)
            {
                faults.Add(fault);
            }
            else
            {
                // Two names of one key are one signer.
                signers.Add(old.Keys.First(key => key.KeyId == signature.KeyId).PublicKey);
            }
        }

        return signers.Count >= old.ThresholdSignaturesRequired
            ? null
            : new PlatformError(ErrorCode.Forbidden, $"Insufficient valid signatures on the new trust root: {string.Join(", ", faults.Prepend($"{signers.Count}/{old.ThresholdSignaturesRequired}"))}.");
    }

    public void Dispose() => signing?.Key.Dispose();

    private (string KeyId, Key Key) Signer()
    {
        Refresh();
        var signer = FindSigner() ?? throw new InvalidOperationException($"There is no platform key in {directory}: it was removed or revoked. Restart to create one, or rotate.");
        if (signing?.KeyId != signer.KeyId)
        {
            signing?.Key.Dispose();
            signing = (signer.KeyId, ReadKey(signer.KeyId));
        }

        return signing.Value;
    }

    /// <summary>The newest key that may sign now and whose private half is here.</summary>
    private TrustedKey? FindSigner()
    {
        var root = Root;
        var now = time.GetUtcNow();
        return root.Keys
            .Where(key => key.Capabilities.Contains(TrustedKey.SignManifest) && !root.Revoked.Contains(key.KeyId) && key.IsValidAt(now) && IsOwnName(key.KeyId) && File.Exists(KeyPath(key.KeyId)))
            .MaxBy(key => key.ValidFrom);
    }

    private TrustedKey Create(TrustedKey? delegator)
    {
        using var key = Key.Create(SignatureAlgorithm.Ed25519, new KeyCreationParameters { ExportPolicy = KeyExportPolicies.AllowPlaintextExport });
        var publicKey = Ed25519Signatures.WritePublicKey(key);
        var created = new TrustedKey
        {
            KeyId = Sha256Digest.Of(Convert.FromBase64String(publicKey)).ToString()[..16],
            Algorithm = Ed25519Signatures.Algorithm,
            PublicKey = publicKey,
            ValidFrom = WholeMilliseconds(time.GetUtcNow()),
            Capabilities = [TrustedKey.SignManifest, TrustedKey.SignAdapter, TrustedKey.Delegate],
            DelegatedBy = delegator?.KeyId,
        };
        WriteFile(KeyPath(created.KeyId), key.Export(KeyBlobFormat.PkixPrivateKeyText), OwnerOnly);
        if (delegator is null)
        {
            return created;
        }

        using var old = ReadKey(delegator.KeyId);
        return created with { DelegationSignature = Ed25519Signatures.Sign(old, TrustJson.DelegationHash(created)) };
    }

    /// <summary>Reads the root again where the file has changed: another process rotates, or an operator revokes.</summary>
    private void Refresh()
    {
        var modified = File.GetLastWriteTimeUtc(RootPath);
        if (!File.Exists(RootPath) || modified == read.Modified)
        {
            return;
        }

        try
        {
            using var stream = File.OpenRead(RootPath);
            var root = JsonSerializer.Deserialize(stream, TrustJson.Default.TrustRoot) ?? throw new JsonException("it is null");
            if (FindFault(root) is { } fault)
            {
                throw new JsonException(fault);
            }

            read = (root, modified);
        }
        catch (JsonException exception) when (read.Modified != default)
        {
            // A slip of the operator's editor must not stop a running platform: what was read before stands until the file is well again.
            LogUnreadable(exception, RootPath);
        }
        catch (JsonException exception)
        {
            throw new InvalidOperationException($"The trust root {RootPath} cannot be used: {exception.Message}", exception);
        }
    }

    private static string? FindFault(TrustRoot root) =>
        root.MinimumSignaturesRequired < 1 || root.ThresholdSignaturesRequired < 1 ? "the numbers of signatures must be at least 1"
        : root.Keys.GroupBy(key => key.KeyId).FirstOrDefault(group => group.Count() > 1) is { } twice ? $"key {twice.Key} stands twice"
        : root.Keys.FirstOrDefault(key => Ed25519Signatures.ReadPublicKey(key.PublicKey) is null) is { } bad ? $"the public key of {bad.KeyId} is not an SPKI of Ed25519 in base64"
        : null;

    private void Write(TrustRoot root)
    {
        WriteFile(RootPath, JsonSerializer.SerializeToUtf8Bytes(root, TrustJson.Default.TrustRoot), OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        Refresh();
    }

    private void WriteFile(string path, ReadOnlySpan<byte> content, UnixFileMode mode)
    {
        var temporary = $"{path}.tmp";
        File.Delete(temporary);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = mode;
        }

        using (var stream = new FileStream(temporary, options))
        {
            stream.Write(content);
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
        DirectorySync.Flush(directory);
    }

    private Key ReadKey(string keyId)
    {
        var path = KeyPath(keyId);
        using var stream = File.OpenRead(path);
        Span<byte> pem = stackalloc byte[512];
        var length = stream.ReadAtLeast(pem, pem.Length, throwOnEndOfStream: false);
        return Key.TryImport(SignatureAlgorithm.Ed25519, pem[..length], KeyBlobFormat.PkixPrivateKeyText, out var key)
            ? key!
            : throw new InvalidOperationException($"{path} is not an Ed25519 key in PKCS #8 PEM.");
    }

    private string KeyPath(string keyId) => Path.Combine(directory, $"{keyId}.key");

    private static bool IsOwnName(string keyId) => keyId.Length is > 0 and <= 64 && keyId.All(char.IsAsciiHexDigitLower);

    private static DateTimeOffset WholeMilliseconds(DateTimeOffset time) => new(time.Ticks - (time.Ticks % TimeSpan.TicksPerMillisecond), time.Offset);

    [LoggerMessage(4101, LogLevel.Information, "Created the platform key {KeyId} in {Directory}")]
    private partial void LogCreated(string keyId, string directory);

    [LoggerMessage(4102, LogLevel.Information, "Manifests are signed with key {KeyId} from now on; {Old} signs no more")]
    private partial void LogRotated(string keyId, string? old);

    [LoggerMessage(4103, LogLevel.Warning, "The trust root {Old} was replaced by {New}")]
    private partial void LogReplaced(string old, string @new);

    [LoggerMessage(4104, LogLevel.Error, "The trust root {Path} cannot be read; the one read before stands")]
    private partial void LogUnreadable(Exception exception, string path);
}
