using ModelPlatform.Api.Models;
using ModelPlatform.Jobs;
using ModelPlatform.Runtimes;

namespace ModelPlatform.Api.Runtimes;

/// <summary><c>/v1/statistics</c> and <c>/v1/state</c>: the platform's models in figures, and as they stand.</summary>
internal static class StatisticsEndpoints
{
    private const int MostJobs = 1000;

    public static void MapStatistics(this IEndpointRouteBuilder app)
    {
        app.MapGet("/v1/statistics", StatisticsAsync).WithName("GetStatistics").WithSummary("Models, downloads, bytes, memory, processor, calls and latency of loaded models").WithTags("Runtimes").Produces<Statistics>();
        app.MapGet("/v1/state", StateAsync).WithName("GetState").WithSummary("Every model's status and health, what is under way, and the model host").WithTags("Runtimes").Produces<PlatformState>();
    }

    private static async Task<IResult> StatisticsAsync(ModelStates states, IFetchJobs jobs, IRuntimeRecords records, CancellationToken cancellationToken)
    {
        var models = await states.ListAsync(cancellationToken);
        var host = await records.FindHostAsync(cancellationToken);
        var usages = host?.Models.ToDictionary(model => model.Id, StringComparer.Ordinal) ?? [];
        return TypedResults.Ok(new Statistics
        {
            TotalModels = models.Count,
            LoadedModels = models.Count(model => model.Lifecycle is ModelStatus.Loaded),
            ActiveDownloads = (await ActiveAsync(jobs, cancellationToken)).Count,
            ModelsInError = models.Count(model => model.Lifecycle is ModelStatus.Error),
            HealthScore = Score(models),
            LogicalBytes = models.Sum(model => model.Size ?? 0),
            ModelHost = host is null ? null : new ModelHostFigures(host.Process, host.ResidentBytes, host.AvailableBytes, host.CpuPercent, [.. host.Runtimes.Select(runtime => runtime.Name)]),
            Models = [.. models.Where(model => model.Lifecycle is ModelStatus.Loaded).Select(model => new LoadedFigures(model.Id, model.Health, model.Instance?.MemoryBytes ?? 0, usages.GetValueOrDefault(model.Id)))],
        });
    }

    private static async Task<IResult> StateAsync(ModelStates states, IFetchJobs jobs, IRuntimeRecords records, CancellationToken cancellationToken)
    {
        var models = await states.ListAsync(cancellationToken);
        return TypedResults.Ok(new PlatformState(
            [.. models.Select(model => new StateOfModel(model.Id, model.Status, model.Health, model.Phase))],
            models.GroupBy(model => model.Status).ToDictionary(group => group.Key, group => group.Count()),
            [.. (await ActiveAsync(jobs, cancellationToken)).Select(job => new DownloadUnderWay(job.JobId, job.ModelId, job.Progress))],
            await records.FindHostAsync(cancellationToken)));
    }

    /// <summary>Of 100: what the models that are loaded, or should be, are worth on average; null where there are none.</summary>
    private static int? Score(IReadOnlyList<ModelState> models)
    {
        var scores = models.Where(model => model.Lifecycle is ModelStatus.Loaded or ModelStatus.Error)
            .Select(model => model.Lifecycle is ModelStatus.Error ? 0 : model.Health switch { "healthy" => 100, "degraded" => 50, _ => 0 }).ToArray();
        return scores.Length == 0 ? null : (int)Math.Round(scores.Average());
    }

    private static async Task<List<FetchJob>> ActiveAsync(IFetchJobs jobs, CancellationToken cancellationToken) =>
        [.. await jobs.ListAsync(FetchStatus.Downloading, null, MostJobs, cancellationToken), .. await jobs.ListAsync(FetchStatus.Processing, null, MostJobs, cancellationToken)];

    private sealed record Statistics
    {
        public int TotalModels { get; init; }

        public int LoadedModels { get; init; }

        public int ActiveDownloads { get; init; }

        public int ModelsInError { get; init; }

        public int? HealthScore { get; init; }

        public long LogicalBytes { get; init; }

        public ModelHostFigures? ModelHost { get; init; }

        public IReadOnlyList<LoadedFigures> Models { get; init; } = [];
    }

    private sealed record ModelHostFigures(string Process, long ResidentBytes, long AvailableBytes, double CpuPercent, IReadOnlyList<string> Runtimes);

    private sealed record LoadedFigures(string Id, string Health, long MemoryBytes, ModelUsage? Usage);

    private sealed record PlatformState(IReadOnlyList<StateOfModel> Models, IReadOnlyDictionary<string, int> Counts, IReadOnlyList<DownloadUnderWay> Downloads, HostReport? ModelHost);

    private sealed record StateOfModel(string Id, string Status, string Health, string? Phase);

    private sealed record DownloadUnderWay(string JobId, string ModelId, int Progress);
}
