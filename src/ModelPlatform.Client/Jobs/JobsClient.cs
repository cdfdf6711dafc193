using System.Globalization;
using ModelPlatform.Client.Connection;

namespace ModelPlatform.Client.Jobs;

/// <summary>Fetching, the jobs that do it, and whether jobs are taken at all.</summary>
public sealed class JobsClient
{
    private readonly ApiConnection connection;

    internal JobsClient(ApiConnection connection) => this.connection = connection;

    /// <summary>Asks for a model. The same request again, or one for a model being fetched, gives what is there already.</summary>
    public Task<ApiResult<FetchAccepted>> FetchAsync(FetchModelRequest request, CancellationToken cancellationToken = default) =>
        connection.SendAsync(HttpMethod.Post, "/FetchModel", request, ApiJson.Default.FetchModelRequest, ApiJson.Default.FetchAccepted, cancellationToken);

    /// <summary>One job.</summary>
    public Task<ApiResult<FetchJob>> GetAsync(string jobId, CancellationToken cancellationToken = default) =>
        connection.GetAsync(Address.WithQuery("/ModelFetchJob", ("id", jobId)), ApiJson.Default.FetchJob, cancellationToken);

    /// <summary>Jobs, newest first.</summary>
    public Task<ApiResult<FetchJobList>> ListAsync(JobStatus? status = null, string? modelName = null, int? limit = null, CancellationToken cancellationToken = default) =>
        connection.GetAsync(
            Address.WithQuery(
                "/ModelFetchJob",
                ("status", status is { } word ? JobStatusWords.Of(word) : null), ("modelName", modelName), ("limit", limit?.ToString(CultureInfo.InvariantCulture))),
            ApiJson.Default.FetchJobList,
            cancellationToken);

    /// <summary>Makes a failed job queue again.</summary>
    public Task<ApiResult<JobActionResult>> RetryAsync(string jobId, CancellationToken cancellationToken = default) => ActAsync(jobId, "retry", cancellationToken);

    /// <summary>Ends a job.</summary>
    public Task<ApiResult<JobActionResult>> CancelAsync(string jobId, CancellationToken cancellationToken = default) => ActAsync(jobId, "cancel", cancellationToken);

    /// <summary>Stops a job for a while; what is verified stays.</summary>
    public Task<ApiResult<JobActionResult>> PauseAsync(string jobId, CancellationToken cancellationToken = default) => ActAsync(jobId, "pause", cancellationToken);

    /// <summary>Lets a paused job go on.</summary>
    public Task<ApiResult<JobActionResult>> ResumeAsync(string jobId, CancellationToken cancellationToken = default) => ActAsync(jobId, "resume", cancellationToken);

    /// <summary>Whether jobs are taken, and how many run.</summary>
    public Task<ApiResult<WorkerStatus>> GetWorkerAsync(CancellationToken cancellationToken = default) =>
        connection.GetAsync("/WorkerControl", ApiJson.Default.WorkerStatus, cancellationToken);

    /// <summary>Takes jobs again, or takes no new ones.</summary>
    public Task<ApiResult<WorkerStatus>> SetWorkerAsync(bool running, CancellationToken cancellationToken = default) =>
        connection.SendAsync(
            HttpMethod.Post, "/WorkerControl", new WorkerCommand(running ? "start" : "stop"), ApiJson.Default.WorkerCommand, ApiJson.Default.WorkerStatus, cancellationToken);

    private Task<ApiResult<JobActionResult>> ActAsync(string jobId, string action, CancellationToken cancellationToken) =>
        connection.SendAsync(
            HttpMethod.Post, "/ModelFetchJob", new JobActionRequest(jobId, action), ApiJson.Default.JobActionRequest, ApiJson.Default.JobActionResult, cancellationToken);
}
