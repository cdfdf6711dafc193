using ModelPlatform.Cli.Output;
using ModelPlatform.Client.Connection;
using ModelPlatform.Client.Jobs;

namespace ModelPlatform.Cli.Commands.Jobs;

/// <summary>A job in words.</summary>
internal static class JobText
{
    public static void Show(IAnsiConsole console, FetchJob job)
    {
        Line("Job", job.Id);
        Line("Model", job.ModelId);
        Line("From", $"{job.Source} {job.SourceReference} {job.Revision}".TrimEnd());
        Line("Variant", job.Variant);
        Line("Framework", job.Framework);
        Line("Status", JobStatusWords.Of(job.Status));
        Line("Progress", $"{job.Progress} %, {Bytes(job)}");
        Line("Chunks", job.TotalChunks is { } total ? $"{job.ChunksVerified} of {total} verified, {job.ChunksReused} reused" : null);
        Line("Speed", job.Status == JobStatus.Downloading && job.BytesPerSecond is > 0 and var speed ? $"{Amounts.Bytes(speed)}/s{(job.EtaSeconds is { } eta ? $", {Amounts.Seconds(eta)} left" : "")}" : null);
        Line("Retries", $"{job.RetryCount} of {job.MaxRetries}");
        Line("Next try", job.NextRetryAt is { } next ? Amounts.Time(next) : null);
        Line("Created", Amounts.Time(job.CreatedAt));
        Line("Started", Amounts.Time(job.StartedAt));
        Line("Ended", Amounts.Time(job.CompletedAt));
        Line("Error", job.LastError is null ? null : $"{job.ErrorCode}: {job.LastError}");
        Line("Remedy", ProblemCode.RemedyOf(job.ErrorCode));
        foreach (var attempt in job.Attempts ?? [])
        {
            Line("Attempt", $"{attempt.Source}  {Amounts.Time(attempt.StartedAt)}  {attempt.ErrorCode ?? (attempt.EndedAt is null ? "under way" : "done")}");
        }

        foreach (var action in NextActions(job))
        {
            Line("Next", action);
        }

        void Line(string label, string? text)
        {
            if (!string.IsNullOrWhiteSpace(text))
            {
                console.WriteLine(Printable.Of($"{label,-10} {text}"));
            }
        }
    }

    private static string Bytes(FetchJob job) => job.TotalBytes is > 0 and var total ? $"{Amounts.Bytes(job.DownloadedBytes)} of {Amounts.Bytes(total)}" : Amounts.Bytes(job.DownloadedBytes);

    public static string Line(FetchJob job)
    {
        var isMoving = job.Status == JobStatus.Downloading;
        var text = $"{job.ModelId}  {JobStatusWords.Of(job.Status)}  {LiveLine.Describe(job.Progress / 100.0, job.DownloadedBytes, job.TotalBytes, isMoving ? job.BytesPerSecond : null, isMoving ? job.EtaSeconds : null, job.ChunksReused)}";
        return job.NextRetryAt is { } next && job.Status == JobStatus.Queued ? $"{text}  retry {job.RetryCount} of {job.MaxRetries} at {Amounts.Time(next)}: {job.ErrorCode}" : text;
    }

    public static IEnumerable<string> NextActions(FetchJob job) => job.Status switch
    {
        JobStatus.Failed => [$"modelplatform job retry {job.Id}"],
        JobStatus.Paused => [$"modelplatform job resume {job.Id}", $"modelplatform job cancel {job.Id}"],
        JobStatus.Completed => [$"modelplatform model show {job.ResultModelId ?? job.ModelId}", $"modelplatform model pull {job.ResultModelId ?? job.ModelId} --out DIR"],
        JobStatus.Cancelled => [$"modelplatform model fetch {job.Source} {job.SourceReference} --name {job.ModelName} --version {job.ModelVersion}"],
        _ => [$"modelplatform job watch {job.Id}"],
    };
}
