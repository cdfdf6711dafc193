using ModelPlatform.Client.Jobs;
using ModelPlatform.Dashboard.Display;
using ModelPlatform.Dashboard.Live;

namespace ModelPlatform.Dashboard.Components.Controls;

/// <summary>What speaks against the platform's health, and how much. The score is 100 less the weights.</summary>
internal static class HealthScore
{
    private static readonly TimeSpan Recent = TimeSpan.FromHours(24);

    public static IReadOnlyList<(int Weight, string Reason)> Faults(PlatformSnapshot snapshot, DateTimeOffset now)
    {
        List<(int Weight, string Reason)> faults = [];
        if (snapshot.Link is LinkState.Away or LinkState.Refused)
        {
            faults.Add((100, snapshot.Link == LinkState.Away ? "the platform does not answer" : "the platform refuses this dashboard"));
        }

        if (snapshot.Worker.Value is { Running: false } worker)
        {
            faults.Add((30, worker.Enabled ? "no jobs are taken: the worker is stopped" : "no jobs are taken: the worker is disabled by setting"));
        }

        var broken = (snapshot.Plugins.Value ?? []).Where(plugin => plugin.State is "malfunctioned" or "incompatible").Select(plugin => plugin.Id).Distinct().ToArray();
        if (broken.Length > 0)
        {
            faults.Add((20, $"{string.Join(", ", broken)} {(broken.Length == 1 ? "is" : "are")} not working"));
        }

        if (snapshot.Storage.Value is { Quarantined: > 0 } storage)
        {
            faults.Add((25, $"{Format.Count(storage.Quarantined, "chunk is", "chunks are")} quarantined"));
        }

        var models = snapshot.States.Value ?? [];
        if (models.Count(model => model is { Status: "error", Failure: not null }) is > 0 and var unloaded)
        {
            faults.Add((Math.Min(30, 10 * unloaded), $"{Format.Count(unloaded, "model is", "models are")} in error"));
        }

        if (models.Count(model => model is { Status: "loaded", Health: "degraded" or "unhealthy" }) is > 0 and var weak)
        {
            faults.Add((Math.Min(20, 10 * weak), $"{Format.Count(weak, "loaded model is", "loaded models are")} not healthy"));
        }

        if (snapshot.Storage.Problem is { IsNotOffered: false, Status: >= 500 })
        {
            faults.Add((30, "the chunk store does not answer"));
        }

        var failed = snapshot.JobsNewestFirst
            .GroupBy(job => job.ModelId)
            .Count(jobs => jobs.First() is { Status: JobStatus.Failed } latest && latest.CompletedAt is { } at && now - at < Recent);
        if (failed > 0)
        {
            faults.Add((Math.Min(30, 10 + 5 * failed), $"{Format.Count(failed, "fetch", "fetches")} failed in the last 24 h"));
        }

        return faults;
    }

    public static string Summary(PlatformSnapshot snapshot)
    {
        var parts = new List<string>();
        if (snapshot.Plugins.Value is { } plugins)
        {
            parts.Add(Format.Count(plugins.Where(plugin => plugin.State == "active").SelectMany(plugin => plugin.Sources).Distinct().Count(), "source", "sources"));
        }

        if (snapshot.Worker.Value is { Servers.Count: > 0 } worker)
        {
            parts.Add(Format.Count(worker.Servers.Count, "job server", "job servers"));
        }

        parts.Add(snapshot.Link == LinkState.Live ? "events arrive live" : "asked every second");
        return string.Join(" · ", parts);
    }
}
