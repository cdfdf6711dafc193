namespace ModelPlatform.Runtimes;

/// <summary>What is known of the models in memory, in Redis.</summary>
public interface IRuntimeRecords
{
    /// <summary>One model's record; null where it was never loaded.</summary>
    Task<RuntimeRecord?> FindAsync(string id, CancellationToken cancellationToken);

    /// <summary>All records, by id.</summary>
    Task<IReadOnlyDictionary<string, RuntimeRecord>> ListAsync(CancellationToken cancellationToken);

    /// <summary>Keeps a record.</summary>
    Task SaveAsync(RuntimeRecord record, CancellationToken cancellationToken);

    /// <summary>Forgets a record.</summary>
    Task RemoveAsync(string id, CancellationToken cancellationToken);

    /// <summary>What the model host said last; null where it is not running.</summary>
    Task<HostReport?> FindHostAsync(CancellationToken cancellationToken);

    /// <summary>Says how the model host does.</summary>
    Task ReportAsync(HostReport report, CancellationToken cancellationToken);

    /// <summary>The model host ends.</summary>
    Task LeaveAsync(CancellationToken cancellationToken);
}
