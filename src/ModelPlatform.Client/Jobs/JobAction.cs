namespace ModelPlatform.Client.Jobs;

internal sealed record JobActionRequest(string JobId, string Action);

internal sealed record WorkerCommand(string Action);

/// <summary>The answer to an action on a job.</summary>
/// <param name="JobId">Which job.</param>
/// <param name="Status">Where it stands now.</param>
/// <param name="Message">In words.</param>
public sealed record JobActionResult(string? JobId, JobStatus Status, string? Message);
