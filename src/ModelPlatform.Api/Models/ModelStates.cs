using ModelPlatform.Jobs;
using ModelPlatform.Registry;
using ModelPlatform.Runtimes;

namespace ModelPlatform.Api.Models;

/// <summary>Where each model stands: from what is published, what is registered, what jobs are under way, and what the store lost.</summary>
internal sealed class ModelStates(IModelRegistry registry, IModelRegistrations registrations, IStoredManifests manifests, IModelAliases aliases, IFetchJobs jobs, IRuntimeRecords runtimes)
{
    private const int MostJobs = 1000;
    private const int PageSize = 1000;

    /// <summary>All models, also registered ones that are not here and ones being fetched, in ordinal order of id.</summary>
    public async Task<IReadOnlyList<ModelState>> ListAsync(CancellationToken cancellationToken)
    {
        var states = new SortedDictionary<string, ModelState>(StringComparer.Ordinal);
        await foreach (var (id, registration) in registrations.ListAsync(cancellationToken))
        {
            states[id.ToString()] = ModelState.OfRegistration(id, registration);
        }

        var records = await runtimes.ListAsync(cancellationToken);
        var host = await runtimes.FindHostAsync(cancellationToken);
        foreach (var (id, status) in await ReadJobsAsync(null, records, cancellationToken))
        {
            states[id.ToString()] = states.GetValueOrDefault(id.ToString(), ModelState.Unknown(id)) with { Status = status };
        }

        var query = new CatalogQuery { Limit = PageSize };
        do
        {
            var page = await registry.ListAsync(query, cancellationToken);
            foreach (var row in page.Models)
            {
                states[row.Id] = states.GetValueOrDefault(row.Id, ModelState.Unknown(new ModelId(row.Name, row.Version))).Published(row);
            }

            query = query with { Cursor = page.NextCursor };
        }
        while (query.Cursor is not null);

        foreach (var id in await manifests.ReadLostAsync(cancellationToken))
        {
            if (states.TryGetValue(id.ToString(), out var state))
            {
                states[id.ToString()] = state with { Status = ModelState.Downloading };
            }
        }

        return [.. states.Values.Select(state => state.With(records.GetValueOrDefault(state.Id), host))];
    }

    /// <summary>One model; null where nobody knows it.</summary>
    public async Task<ModelState?> FindAsync(ModelReference reference, CancellationToken cancellationToken)
    {
        var entry = await registry.FindAsync(reference, cancellationToken);
        var id = entry?.Id ?? new ModelId(reference.Name, reference.Version ?? ModelId.DefaultVersion);
        var registration = reference.Alias is not null && entry is null ? null : await registrations.FindAsync(id, cancellationToken);
        var state = registration is null ? ModelState.Unknown(id) : ModelState.OfRegistration(id, registration);
        if (entry is not null)
        {
            var names = (await aliases.ListAsync(id.Name, cancellationToken)).Where(pair => pair.Value == id.Version).Select(pair => pair.Key).ToList();
            var runtime = await FindRuntimeAsync(id, cancellationToken);
            var active = entry.Card.IsEvicted ? (await ReadJobsAsync(id.Name, Only(runtime), cancellationToken)).Find(job => job.Id == id).Status : null;
            var published = (state with { Status = active ?? state.Status }).Published(entry, names);
            return (await manifests.ReadLostAsync(cancellationToken)).Contains(id)
                ? published with { Status = ModelState.Downloading }
                : published.With(runtime, await runtimes.FindHostAsync(cancellationToken));
        }

        var record = await FindRuntimeAsync(id, cancellationToken);
        var job = (await ReadJobsAsync(id.Name, Only(record), cancellationToken)).Find(job => job.Id == id);
        return job.Status is not null ? (state with { Status = job.Status }).With(record, null) : registration is null && record?.ResetAt is null ? null : state;
    }

    /// <summary>What the model host knows of a model; null where it never had to do with it.</summary>
    public Task<RuntimeRecord?> FindRuntimeAsync(ModelId id, CancellationToken cancellationToken) => runtimes.FindAsync(id.ToString(), cancellationToken);

    private static Dictionary<string, RuntimeRecord> Only(RuntimeRecord? record) => record is null ? [] : new() { [record.Id] = record };

    /// <summary>The status that the newest job of each model gives it; jobs that completed give none.</summary>
    private async Task<List<(ModelId Id, string Status)>> ReadJobsAsync(string? name, IReadOnlyDictionary<string, RuntimeRecord> records, CancellationToken cancellationToken)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var states = new List<(ModelId Id, string Status)>();
        foreach (var job in await jobs.ListAsync(null, name, MostJobs, cancellationToken))
        {
            if (seen.Add(job.ModelId) && StatusOf(job.Status) is { } status && !(records.GetValueOrDefault(job.ModelId)?.ResetAt >= job.CompletedAt))
            {
                states.Add((new ModelId(job.ModelName, job.ModelVersion), status));
            }
        }

        return states;
    }

    private static string? StatusOf(FetchStatus status) => status switch
    {
        FetchStatus.Queued or FetchStatus.Downloading or FetchStatus.Processing or FetchStatus.Paused => ModelState.Downloading,
        FetchStatus.Failed => ModelState.Error,
        _ => null,
    };
}
