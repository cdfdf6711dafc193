using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using ModelPlatform.Events;
using ModelPlatform.ModelHost.Health;
using ModelPlatform.ModelHost.Hosting;
using ModelPlatform.ModelHost.Memory;
using ModelPlatform.Registry;
using ModelPlatform.Runtimes;
using ModelPlatform.Sources;
using ModelPlatform.Sources.Runtimes;

namespace ModelPlatform.ModelHost.Loading;

/// <summary>Loads, reloads, configures and unloads models, and says of each step what state it led to.</summary>
internal sealed partial class ModelLoader(
    IModelRegistry registry, IRuntimeRecords records, IEventLog events, ModelIntake intake, HealthLook health, MemoryGate memory, RuntimeOptions options, HostProcess process,
    IHostApplicationLifetime lifetime, TimeProvider time, ILogger<ModelLoader> logger) : IDisposable
{
    private const int KeptLooks = 50;

    private readonly ConcurrentDictionary<ModelId, Slot> slots = new();
    private readonly SemaphoreSlim loads = new(options.MaxConcurrentLoads, options.MaxConcurrentLoads);

    /// <summary>Every model this process ever had to do with.</summary>
    public IEnumerable<Slot> Slots => slots.Values;

    /// <summary>The model's place; null where it never had one.</summary>
    public Slot? Find(ModelId id) => slots.GetValueOrDefault(id);

    /// <summary>Takes over what an ended process left.</summary>
    public Slot Adopt(ModelId id, RuntimeRecord record)
    {
        var slot = slots.GetOrAdd(id, static id => new Slot(id));
        slot.Record = record;
        return slot;
    }

    /// <summary>Loads a model, or answers with the one that is loaded. All who ask while it is being loaded wait for the same load.</summary>
    public Task<Result<RuntimeRecord>> LoadAsync(ModelId id, LoadOrder order, CancellationToken cancellationToken)
    {
        var slot = slots.GetOrAdd(id, static id => new Slot(id));
        Task<Result<RuntimeRecord>> loading;
        lock (slot)
        {
            loading = slot.Loading is { IsCompleted: false } running ? running : slot.Loading = Task.Run(() => LoadOnceAsync(slot, order), CancellationToken.None);
        }

        return loading.WaitAsync(cancellationToken);
    }

    /// <summary>Loads a model anew.</summary>
    public Task<Result<RuntimeRecord>> ReloadAsync(ModelId id, JsonObject? change, CancellationToken cancellationToken) => ChangeAsync(id, ModelLifecycle.Reload, slot => LoadAgainAsync(slot, change), cancellationToken);

    /// <summary>Changes the configuration, without loading again where the runtime can.</summary>
    public Task<Result<RuntimeRecord>> ConfigureAsync(ModelId id, JsonObject change, CancellationToken cancellationToken) =>
        ChangeAsync(id, null, slot => ApplyAsync(slot, change), cancellationToken);

    /// <summary>Frees a model's memory.</summary>
    public Task<Result<RuntimeRecord>> UnloadAsync(ModelId id, CancellationToken cancellationToken) => ChangeAsync(id, ModelLifecycle.Unload, async slot =>
    {
        await FreeAsync(slot);
        await MoveAsync(slot, slot.Record with { Status = ModelStatus.Downloaded, Health = ModelHealth.Unknown, Instance = null, IsWanted = false });
        await SayAsync(EventTypes.UnloadComplete, slot, []);
        return slot.Record;
    }, cancellationToken);

    /// <summary>Forgets all about a model: it is deleted or reset. Frees its memory where it is loaded.</summary>
    /// <returns>InvalidState while it is being loaded.</returns>
    public Task<Result<RuntimeRecord>> ForgetAsync(ModelId id, bool isReset, CancellationToken cancellationToken) => ChangeAsync(id, null, async slot =>
    {
        if (slot.Record.Status is ModelStatus.Loading)
        {
            return ModelLifecycle.Refuse(slot.Id.ToString(), ModelStatus.Loading, isReset ? ModelLifecycle.Reset : ModelLifecycle.Delete)!;
        }

        await FreeAsync(slot);
        slot.Record = new RuntimeRecord { Id = slot.Record.Id, ResetAt = isReset ? time.GetUtcNow() : null, ChangedAt = time.GetUtcNow() };
        await (isReset ? records.SaveAsync(slot.Record, CancellationToken.None) : records.RemoveAsync(slot.Record.Id, CancellationToken.None));
        return slot.Record;
    }, cancellationToken);

    /// <summary>Looks at a loaded model's health, and keeps what it saw.</summary>
    public Task<Result<RuntimeRecord>> CheckAsync(ModelId id, CancellationToken cancellationToken) => ChangeAsync(id, null, async slot =>
    {
        if (slot.Instance is not { } instance)
        {
            return new PlatformError(ErrorCode.InvalidState, $"{slot.Id} is {ModelLifecycle.Word(slot.Record.Status)}: only a loaded model has a health.");
        }

        await NoteAsync(slot, await health.TakeAsync(instance, lifetime.ApplicationStopping));
        return slot.Record;
    }, cancellationToken);

    /// <summary>The process ends: what is loaded is freed, and marked to be loaded again.</summary>
    public async Task LeaveAsync()
    {
        foreach (var slot in slots.Values.Where(slot => slot.Instance is not null))
        {
            await slot.Changing.WaitAsync(CancellationToken.None);
            try
            {
                if (slot.Instance is { } instance)
                {
                    slot.Instance = null;
                    await instance.UnloadAsync(TimeSpan.FromSeconds(2));
                    await MoveAsync(slot, slot.Record with { Status = ModelStatus.Downloaded, Health = ModelHealth.Unknown, Instance = null, IsWanted = true });
                }
            }
            finally
            {
                slot.Changing.Release();
            }
        }
    }

    public void Dispose() => loads.Dispose();

    private async Task<Result<RuntimeRecord>> LoadOnceAsync(Slot slot, LoadOrder order)
    {
        await slot.Changing.WaitAsync(lifetime.ApplicationStopping);
        try
        {
            await RememberAsync(slot);
            if (slot.Instance is not null)
            {
                return order.Configuration is { } change ? await ApplyAsync(slot, change) : slot.Record;
            }

            if (!ConfigurationRule.Merge(slot.Record.Configuration, order.Configuration).TryGet(out var configuration, out var error))
            {
                return error;
            }

            if (await FindEntryAsync(slot.Id) is { } entry)
            {
                return await EnterAsync(slot, entry, configuration);
            }

            if (!order.WhenDownloaded)
            {
                return new PlatformError(ErrorCode.ModelNotFound, $"There is no model {slot.Id} here.");
            }

            slot.Record = slot.Record with { Configuration = configuration, IsWanted = true };
            await records.SaveAsync(slot.Record, CancellationToken.None);
            return slot.Record;
        }
        finally
        {
            slot.Changing.Release();
        }
    }

    private async Task<Result<RuntimeRecord>> LoadAgainAsync(Slot slot, JsonObject? change)
    {
        if (!ConfigurationRule.Merge(slot.Record.Configuration, change).TryGet(out var configuration, out var error))
        {
            return error;
        }

        if (await FindEntryAsync(slot.Id) is not { } entry)
        {
            return new PlatformError(ErrorCode.ModelNotFound, $"There is no model {slot.Id} here.");
        }

        await FreeAsync(slot);
        return await EnterAsync(slot, entry, configuration);
    }

    private async Task<Result<RuntimeRecord>> ApplyAsync(Slot slot, JsonObject change)
    {
        if (!ConfigurationRule.Merge(slot.Record.Configuration, change).TryGet(out var configuration, out var error))
        {
            return error;
        }

        if (slot.Instance is { } instance)
        {
            if (!(await instance.Model.ConfigureAsync(new RuntimeConfiguration(configuration), lifetime.ApplicationStopping)).TryGet(out var isApplied, out error))
            {
                return error;
            }

            if (!isApplied)
            {
                return await LoadAgainAsync(slot, change);
            }
        }

        slot.Record = slot.Record with { Configuration = configuration };
        await records.SaveAsync(slot.Record, CancellationToken.None);
        return slot.Record;
    }

    /// <summary>DOWNLOADED, LOADED or ERROR → LOADING → LOADED or ERROR.</summary>
    private async Task<Result<RuntimeRecord>> EnterAsync(Slot slot, ModelEntry entry, JsonObject configuration)
    {
        await MoveAsync(slot, slot.Record with { Status = ModelStatus.Loading, Health = ModelHealth.Unknown, Instance = null, Failure = null, Configuration = configuration, IsWanted = true });
        await SayAsync(EventTypes.LoadStart, slot, new JsonObject { ["configuration"] = configuration.DeepClone() });
        Result<LoadedInstance> loaded;
        var (started, before) = (time.GetTimestamp(), 0L);
        await loads.WaitAsync(lifetime.ApplicationStopping);
        try
        {
            (started, before) = (time.GetTimestamp(), MachineMemory.Resident());
            loaded = await intake.LoadAsync(slot, entry, configuration, () => MakeRoomAsync(slot), lifetime.ApplicationStopping);
        }
        finally
        {
            loads.Release();
        }

        // The file's own bytes are no longer needed, whether the load succeeded or not.
        var elapsed = time.GetElapsedTime(started);
        FreedMemory.GiveBack();
        if (!loaded.TryGet(out var instance, out var error))
        {
            await FailAsync(slot, error);
            return error;
        }

        slot.Instance = instance;
        slot.FailuresInARow = 0;
        await MoveAsync(slot, slot.Record with
        {
            Status = ModelStatus.Loaded,
            Health = HealthMachine.Start,
            ModelType = instance.Model.ModelType,
            Crashes = slot.Record.Crashes,
            Instance = new RuntimeInstance
            {
                InstanceId = instance.InstanceId,
                Runtime = instance.Runtime,
                Artifact = new RuntimeConfiguration(configuration).Artifact ?? entry.Manifest.Artifacts[0].Path,
                Process = process.Name,
                LoadedAt = time.GetUtcNow(),
                LoadMilliseconds = Math.Round(elapsed.TotalMilliseconds, 1),
                MemoryBytes = Math.Max(0, MachineMemory.Resident() - before),
                Inputs = instance.Model.Inputs,
                Outputs = instance.Model.Outputs,
            },
        });
        await NoteAsync(slot, await health.TakeAsync(instance, lifetime.ApplicationStopping));
        await SayAsync(EventTypes.LoadComplete, slot, new JsonObject { ["runtime"] = instance.Runtime, ["milliseconds"] = Math.Round(elapsed.TotalMilliseconds, 1) });
        return slot.Record;
    }

    private async Task NoteAsync(Slot slot, HealthFinding finding)
    {
        slot.FailuresInARow = finding.Outcome is ProbeOutcome.Failed ? slot.FailuresInARow + 1 : 0;
        var before = slot.Record.Health;
        var (now, isComplete) = HealthMachine.Next(before, finding.Outcome, slot.FailuresInARow, options.MostFailures);
        var look = new HealthEntry(time.GetUtcNow(), now, finding.Outcome, finding.Milliseconds is { } took ? Math.Round(took, 2) : null, finding.Note);
        slot.Record = slot.Record with { Health = now, History = [look, .. slot.Record.History.Take(KeptLooks - 1)] };
        await records.SaveAsync(slot.Record, CancellationToken.None);
        var data = new JsonObject { ["health"] = Word(now), ["before"] = Word(before), ["milliseconds"] = look.Milliseconds, ["note"] = finding.Note };
        if (now != before)
        {
            await SayAsync(EventTypes.HealthCheck, slot, data);
        }
        else
        {
            events.Show(new PlatformEvent(EventTypes.HealthCheck, time.GetUtcNow()) { ModelId = slot.Record.Id, Data = data });
        }

        if (isComplete)
        {
            await FreeAsync(slot);
            await FailAsync(slot, new PlatformError(ErrorCode.InternalError, $"It failed {slot.FailuresInARow} health checks in a row: {finding.Note}"));
        }
    }

    private async Task FailAsync(Slot slot, PlatformError error)
    {
        LogFailed(slot.Record.Id, error.Code.WireName(), error.Message);
        await MoveAsync(slot, slot.Record with
        {
            Status = ModelStatus.Error,
            Health = ModelHealth.Unknown,
            Instance = null,
            IsWanted = false,
            Failure = new RuntimeFailure(error.Code.WireName(), error.Message, time.GetUtcNow()),
        });
        await SayAsync(EventTypes.ErrorOccurred, slot, new JsonObject { ["code"] = error.Code.WireName(), ["error"] = error.Message });
    }

    /// <summary>Marks a model that an ended process had, or was loading.</summary>
    public Task GiveUpAsync(Slot slot, PlatformError error) => FailAsync(slot, error);

    private async Task FreeAsync(Slot slot)
    {
        if (slot.Instance is { } instance)
        {
            slot.Instance = null;
            await instance.UnloadAsync(options.UnloadPatience);
            memory.Release(slot);
            FreedMemory.GiveBack();
        }
    }

    /// <summary>Unloads the model that was not used for the longest time.</summary>
    private async Task<bool> MakeRoomAsync(Slot wanting)
    {
        var idle = slots.Values.Where(slot => slot != wanting && slot.Instance is { Running: 0 }).OrderBy(slot => slot.Instance?.Calls.LastUsedAt ?? default);
        foreach (var slot in options.UnloadLeastRecentlyUsed ? idle.ToArray() : [])
        {
            // One that is just being changed is left alone: waiting for it could wait for ourselves.
            if (!await slot.Changing.WaitAsync(TimeSpan.Zero, CancellationToken.None))
            {
                continue;
            }

            try
            {
                if (slot.Instance is not null)
                {
                    LogMadeRoom(slot.Record.Id, wanting.Record.Id);
                    await FreeAsync(slot);
                    await MoveAsync(slot, slot.Record with { Status = ModelStatus.Downloaded, Health = ModelHealth.Unknown, Instance = null, IsWanted = false });
                    await SayAsync(EventTypes.UnloadComplete, slot, new JsonObject { ["reason"] = "memory", ["for"] = wanting.Record.Id });
                    return true;
                }
            }
            finally
            {
                slot.Changing.Release();
            }
        }

        return false;
    }

    private async Task<Result<RuntimeRecord>> ChangeAsync(ModelId id, string? action, Func<Slot, Task<Result<RuntimeRecord>>> change, CancellationToken cancellationToken)
    {
        var slot = slots.GetOrAdd(id, static id => new Slot(id));

        // Waiting for a load to end would take minutes: who asks hears at once what is possible.
        if (slot.Loading is { IsCompleted: false } && action is not null && ModelLifecycle.Refuse(id.ToString(), ModelStatus.Loading, action) is { } busy)
        {
            return busy;
        }

        await slot.Changing.WaitAsync(cancellationToken);
        try
        {
            await RememberAsync(slot);
            return action is not null && ModelLifecycle.Refuse(id.ToString(), slot.Record.Status, action) is { } refusal ? refusal : await change(slot);
        }
        finally
        {
            slot.Changing.Release();
        }
    }

    /// <summary>What was kept of the model before this process had to do with it.</summary>
    private async Task RememberAsync(Slot slot)
    {
        if (slot is { Instance: null, Record.ChangedAt.Ticks: 0 } && await records.FindAsync(slot.Record.Id, CancellationToken.None) is { } kept)
        {
            slot.Record = kept;
        }
    }

    /// <summary>The model, if its bytes are here.</summary>
    public async Task<ModelEntry?> FindEntryAsync(ModelId id) =>
        await registry.FindAsync(new ModelReference(id.Name, id.Version, null), CancellationToken.None) is { Card.IsEvicted: false } entry ? entry : null;

    private async Task MoveAsync(Slot slot, RuntimeRecord record)
    {
        if (!ModelLifecycle.Allows(slot.Record.Status, record.Status))
        {
            throw new InvalidOperationException($"{slot.Id} cannot become {record.Status} from {slot.Record.Status}.");
        }

        slot.Record = record with { ChangedAt = time.GetUtcNow() };
        await records.SaveAsync(slot.Record, CancellationToken.None);
    }

    private Task SayAsync(string type, Slot slot, JsonObject data) => events.AppendAsync(new PlatformEvent(type, time.GetUtcNow()) { ModelId = slot.Record.Id, Data = data }, CancellationToken.None);

    private static string Word(ModelHealth health) => health.ToString().ToLowerInvariant();

    [LoggerMessage(5605, LogLevel.Warning, "{Model} is in error: {Code}: {Reason}")]
    private partial void LogFailed(string model, string code, string reason);

    [LoggerMessage(5606, LogLevel.Information, "{Model} is unloaded to make room for {Other}")]
    private partial void LogMadeRoom(string model, string other);
}
