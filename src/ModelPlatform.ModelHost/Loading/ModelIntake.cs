using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using ModelPlatform.Manifests.Trust;
using ModelPlatform.ModelHost.Memory;
using ModelPlatform.Registry;
using ModelPlatform.Runtimes;
using ModelPlatform.Serving;
using ModelPlatform.Sources;
using ModelPlatform.Sources.Runtimes;

namespace ModelPlatform.ModelHost.Loading;

/// <summary>Takes one model into memory: trust, runtime, room, then the load itself within its time.</summary>
internal sealed class ModelIntake(
    IRuntimeCatalog runtimes, IArtifactReader reader, ModelCopies copies, MemoryGate memory, IStoredManifests manifests, IManifestVerifier verifier, IOptions<TrustOptions> trust, RuntimeOptions options, TimeProvider time)
{
    /// <param name="slot">Who claims the memory.</param>
    /// <param name="entry">The model.</param>
    /// <param name="configuration">How it is to be loaded.</param>
    /// <param name="makeRoom">Unloads something; false where there is nothing to unload.</param>
    /// <param name="stopping">The process ends.</param>
    public async Task<Result<LoadedInstance>> LoadAsync(Slot slot, ModelEntry entry, JsonObject configuration, Func<Task<bool>> makeRoom, CancellationToken stopping)
    {
        if (await DistrustAsync(entry.Id, stopping) is { } distrust)
        {
            return distrust;
        }

        var wanted = new RuntimeConfiguration(configuration);
        if (!runtimes.Acquire(entry.Manifest.Model.Framework ?? "other", wanted.Runtime).TryGet(out var lease, out var error))
        {
            return error;
        }

        var files = new VerifiedModel(entry, reader, copies);
        var isTaken = false;
        try
        {
            if (await ClaimAsync(slot, entry, makeRoom) is { } refusal)
            {
                return refusal;
            }

            using var limit = new CancellationTokenSource(options.LoadTimeout, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stopping);
            Result<ILoadedModel> loaded;
            try
            {
                loaded = await lease.Runtime.LoadAsync(files, wanted, either.Token);
            }
            catch (OperationCanceledException) when (limit.IsCancellationRequested)
            {
                loaded = new PlatformError(ErrorCode.NetworkTimeout, $"Loading {entry.Id} took longer than {options.LoadTimeout.TotalSeconds:0.#} s (Runtimes:LoadTimeout).");
            }

            if (!loaded.TryGet(out var model, out error))
            {
                return error;
            }

            isTaken = true;
            memory.Settle(slot);
            return new LoadedInstance(model, files, lease, lease.Name, time);
        }
        finally
        {
            if (!isTaken)
            {
                memory.Release(slot);
                lease.Dispose();
                await files.DisposeAsync();
            }
        }
    }

    private async Task<PlatformError?> DistrustAsync(ModelId id, CancellationToken cancellationToken)
    {
        if (!trust.Value.Require)
        {
            return null;
        }

        return await manifests.ReadBytesAsync(id, cancellationToken) is not { } manifest ? new PlatformError(ErrorCode.ModelNotFound, $"There is no model {id}.")
            : verifier.Verify(manifest) is { Valid: false } verdict ? new PlatformError(ErrorCode.IntegrityFailed, $"{id} is not loaded, since Trust:Require is set: {string.Join("; ", verdict.Errors)}.")
            : null;
    }

    private async Task<PlatformError?> ClaimAsync(Slot slot, ModelEntry entry, Func<Task<bool>> makeRoom)
    {
        // What the manifest says, or the files themselves where that is more: a wrong figure must not fill the machine.
        var need = Math.Max(entry.Manifest.Model.MemoryRequirement, entry.Size);
        while (memory.TryClaim(slot, need) is { } available)
        {
            if (!await makeRoom())
            {
                return new PlatformError(ErrorCode.InvalidState,
                    $"Insufficient memory: {entry.Id} needs {need >> 20} MiB, and {available >> 20} MiB are left{(options.MemoryLimit > 0 ? $" of Runtimes:MemoryLimit {options.MemoryLimit >> 20} MiB" : string.Empty)}. Unload another model, or choose a smaller variant.");
            }
        }

        return null;
    }
}
