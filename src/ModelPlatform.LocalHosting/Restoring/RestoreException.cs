namespace ModelPlatform.LocalHosting.Restoring;

/// <summary>A package that this machine needs is not there. The message says which and what to do, in one sentence.</summary>
public sealed class RestoreException(string message) : Exception(message);
