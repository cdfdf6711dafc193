using ModelPlatform.Sources;

namespace ModelPlatform.Fetching;

/// <summary>How the fetching of a file ended.</summary>
internal abstract record FileOutcome;

/// <summary>It is here.</summary>
internal sealed record FileDone(FetchedFile File) : FileOutcome;

/// <summary>No source gave it.</summary>
internal sealed record FileFailed(PlatformError Error) : FileOutcome;

/// <summary>It changed at the source, and nothing said which of its contents was meant: the plan is void.</summary>
internal sealed record FileMoved(PlatformError Error) : FileOutcome;
