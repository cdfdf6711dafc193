using ModelPlatform.Chunks;
using ModelPlatform.Sources;

namespace ModelPlatform.Fetching.Transfer;

/// <summary>What all files of one fetch share. <c>Skipped</c> is told of each source that did not give a file.</summary>
internal sealed record FetchContext(
    SourceCalls Calls, IChunkStore Store, BufferBudget Budget, FetchOptions Options, TimeProvider Time, CommitQueue Commits, IFetchProgress Progress, Func<int, ConnectionGate> GateOf,
    Action<string, FetchSource, PlatformError> Skipped);
