namespace ModelPlatform.Fetching.Journals;

/// <summary>A journal that lives as long as the process.</summary>
public sealed class MemoryFetchJournal : IFetchJournal
{
    private readonly Lock gate = new();
    private readonly Dictionary<int, List<JournaledChunk>> chunks = [];
    private byte[]? plan;

    /// <inheritdoc/>
    public ValueTask<ReadOnlyMemory<byte>?> ReadPlanAsync(CancellationToken cancellationToken)
    {
        lock (gate)
        {
            return ValueTask.FromResult<ReadOnlyMemory<byte>?>(plan is null ? null : plan.AsMemory());
        }
    }

    /// <inheritdoc/>
    public ValueTask WritePlanAsync(ReadOnlyMemory<byte> plan, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            this.plan = plan.ToArray();
            chunks.Clear();
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JournaledChunk>> ReadChunksAsync(int fileIndex, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            return ValueTask.FromResult<IReadOnlyList<JournaledChunk>>(chunks.TryGetValue(fileIndex, out var known) ? [.. known] : []);
        }
    }

    /// <inheritdoc/>
    public ValueTask AppendAsync(int fileIndex, IReadOnlyList<JournaledChunk> chunks, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (!this.chunks.TryGetValue(fileIndex, out var known))
            {
                this.chunks[fileIndex] = known = [];
            }

            known.AddRange(chunks);
        }

        return ValueTask.CompletedTask;
    }
}
