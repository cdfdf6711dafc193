namespace ModelPlatform.Fetching;

/// <summary>Another runner owns the job: this one must stop without a trace.</summary>
public sealed class StaleLeaseException(string message) : Exception(message);
