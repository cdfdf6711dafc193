using System.Collections.Concurrent;
using ModelPlatform.Client.Connection;
using ModelPlatform.Client.Loading.Caching;
using ModelPlatform.Client.Loading.Transfer;
using ModelPlatform.Manifests;

namespace ModelPlatform.Client.Loading;

/// <summary>
/// Brings models to this machine, every byte proven: the manifest by its hashes and, given a trust root, its signatures; each chunk and each whole file by the manifest.
/// What an interrupted load left is proven and kept; a source that fails or lies is left in the middle of a file. No file is ever held in memory. Safe to call concurrently.
/// </summary>
public sealed partial class ModelLoader : IDisposable
{
    private readonly ModelPlatformClient client;
    private readonly ModelLoaderOptions options;
    private readonly TimeProvider time;
    private readonly ModelCache cache;
    private readonly VerifiedManifests manifests;
    private readonly ModelFiles files;
    private readonly Flights<ApiResult<LoadedModel>> flights = new();
    private readonly ConcurrentDictionary<string, (LoadedModel Model, CacheEntry Entry)> loaded = new(StringComparer.Ordinal);

    /// <summary>A loader of one platform's models.</summary>
    /// <param name="client">The platform.</param>
    /// <param name="options">How to work.</param>
    /// <param name="time">The clock of speeds and of the cache.</param>
    public ModelLoader(ModelPlatformClient client, ModelLoaderOptions? options = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        (this.client, this.options, this.time) = (client, options ?? new ModelLoaderOptions(), time ?? TimeProvider.System);
        cache = new ModelCache(Path.GetFullPath(this.options.CacheDirectory), this.options.MaxCacheSize, this.time);
        manifests = new VerifiedManifests(client, cache, this.options);
        files = new ModelFiles(client, this.options);
    }

    /// <summary>Loads a model: out of the cache where its bytes still match, else from the sources in order. Loaded already, or being loaded: the same result.</summary>
    /// <param name="model">name, name:version or name@alias.</param>
    /// <param name="progress">Told after each chunk, in order, from any thread.</param>
    /// <param name="cancellationToken">Gives up; when nobody waits any more the load stops, and what is proven stays for the next one.</param>
    /// <returns>The model; INSUFFICIENT_MEMORY where it needs more than there is, INTEGRITY_FAILED where every source delivers other bytes than the manifest names.</returns>
    public async Task<ApiResult<LoadedModel>> LoadAsync(string model, IProgress<LoadProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(model);
        return loaded.TryGetValue(model, out var present)
            ? present.Model
            : await flights.JoinAsync(model, progress, (all, token) => LoadNowAsync(model, all, token), cancellationToken);
    }

    /// <summary>Loads a model for later. A failure is told to <see cref="ModelLoaderOptions.OnError"/> and thrown at nobody.</summary>
    public async Task PreloadAsync(string model, CancellationToken cancellationToken = default)
    {
        try
        {
            if ((await LoadAsync(model, null, cancellationToken)).Problem is { } problem)
            {
                options.OnError(problem);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            options.OnWarning($"The preload of {model} was called off.");
        }
    }

    /// <summary>Forgets a loaded model: its files stay in the cache, and may now be removed when space is needed.</summary>
    /// <returns>Whether it was loaded.</returns>
    public bool Unload(string model)
    {
        var found = false;
        foreach (var (key, (held, entry)) in loaded)
        {
            if ((key == model || held.Manifest.Model.Id == model) && loaded.TryRemove(key, out _))
            {
                entry.Dispose();
                found = true;
            }
        }

        return found;
    }

    /// <summary>Whether a file of a model is in the cache as a whole. Its bytes are proven when it is loaded, not here.</summary>
    public async Task<bool> HasFileAsync(string model, string artifact, CancellationToken cancellationToken = default)
    {
        if (!(await manifests.GetAsync(model, refresh: false, cancellationToken)).TryGet(out var found, out _) || found.Manifest.Artifacts.FirstOrDefault(file => file.Path == artifact) is not { } wanted)
        {
            return false;
        }

        using var entry = await cache.UseAsync(found.Manifest.Model.Id, found.Hash, cancellationToken);
        return new FileInfo(ModelFiles.PathOf(entry.Files, wanted)) is { Exists: true } file && file.Length == wanted.Size;
    }

    /// <summary>What the cache holds.</summary>
    public CacheStats GetCacheStats() => cache.Stats();

    /// <summary>Empties the cache and forgets all loaded models. What another process uses stays.</summary>
    /// <returns>The bytes that came free.</returns>
    public Task<long> ClearCacheAsync(CancellationToken cancellationToken = default)
    {
        Dispose();
        return cache.ClearAsync(cancellationToken);
    }

    /// <summary>Forgets all loaded models.</summary>
    public void Dispose()
    {
        foreach (var key in loaded.Keys)
        {
            if (loaded.TryRemove(key, out var held))
            {
                held.Entry.Dispose();
            }
        }
    }

    private async Task<ApiResult<LoadedModel>> LoadNowAsync(string model, IProgress<LoadProgress> progress, CancellationToken cancellationToken)
    {
        if (!(await manifests.GetAsync(model, refresh: false, cancellationToken)).TryGet(out var found, out var problem))
        {
            return problem;
        }

        var manifest = found.Manifest;
        var (need, have) = (manifest.Model.MemoryRequirement, options.AvailableMemory());
        if (need > have)
        {
            return new ApiProblem { Error = $"Insufficient memory: need {need}, have {have}", Code = ProblemCode.InsufficientMemory };
        }

        var entry = await cache.UseAsync(manifest.Model.Id, found.Hash, cancellationToken);
        var isKept = false;
        try
        {
            var tally = new Tally(manifest, progress, time);
            if (await CompleteAsync(manifest, entry, tally, cancellationToken) is { } failure)
            {
                return failure;
            }

            entry.Touch();
            tally.Finish();
            var result = new LoadedModel(manifest, entry.Files, tally.Source ?? "cache", tally.BytesReused);
            isKept = loaded.TryAdd(model, (result, entry));
            return result;
        }
        finally
        {
            if (!isKept)
            {
                entry.Dispose();
            }
        }
    }

    private async Task<ApiProblem?> CompleteAsync(Manifest manifest, CacheEntry entry, Tally tally, CancellationToken cancellationToken)
    {
        if (options.Sources.Contains(LoadSource.Cache) && await ModelFiles.AreProvenAsync(manifest, entry.Files, cancellationToken))
        {
            tally.Cached();
            return null;
        }

        // Whoever waits here finds what the other process brought.
        using var alone = await entry.LockAsync(cancellationToken);
        if (!options.Sources.Contains(LoadSource.Cache) && Directory.Exists(entry.Directory))
        {
            Directory.Delete(entry.Directory, recursive: true);
        }

        var record = new CacheRecord(manifest.Model.Id, manifest.Artifacts[0].MerkleRoot.ToString(), manifest.Artifacts.Sum(file => file.Size), time.GetUtcNow());
        return await cache.ReserveAsync(entry, record, cancellationToken)
            ?? await files.CompleteAsync(manifest, new ModelPlace(entry.Files, entry.Partial), tally, cancellationToken);
    }
}
