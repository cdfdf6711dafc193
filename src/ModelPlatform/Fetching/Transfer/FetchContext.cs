using ModelPlatform.Chunks;

namespace ModelPlatform.Fetching.Transfer;

/// <summary>What all files of one fetch share.</summary>
internal sealed record FetchContext(
    SourceCalls Calls, IChunkStore Store, BufferBudget Budget, FetchOptions Options, TimeProvider Time, CommitQueue Commits, IFetchProgress Progress, Func<int, ConnectionGate> GateOf);
