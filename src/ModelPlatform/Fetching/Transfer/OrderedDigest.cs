using System.Security.Cryptography;
using ModelPlatform.Integrity;

namespace ModelPlatform.Fetching.Transfer;

/// <summary>Hashes a file in order while its chunks arrive in any: what is ahead waits in its buffer.</summary>
internal sealed class OrderedDigest(GitBlobHash? git) : IDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<int, (ChunkBuffer Buffer, int Length)> ahead = [];
    private readonly IncrementalHash sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private TaskCompletionSource? arrival;
    private int? end;

    /// <summary>Takes a chunk, with a hold of its own on the buffer.</summary>
    public void Add(int index, ChunkBuffer buffer, int length)
    {
        buffer.Hold();
        lock (gate)
        {
            ahead.Add(index, (buffer, length));
            arrival?.TrySetResult();
        }
    }

    /// <summary>Says how many chunks there are.</summary>
    public void End(int count)
    {
        lock (gate)
        {
            end = count;
            arrival?.TrySetResult();
        }
    }

    /// <summary>Hashes until the end is reached.</summary>
    public async Task<(Sha256Digest Sha256, string? GitBlobSha1)> RunAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        for (var next = 0; ; next++)
        {
            if (await TakeAsync(next, cancellationToken) is not var (buffer, length))
            {
                return (new Sha256Digest(sha256.GetHashAndReset()), git?.Finish());
            }

            sha256.AppendData(buffer.Memory.Span[..length]);
            git?.Append(buffer.Memory.Span[..length]);
            buffer.Release();
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            foreach (var (buffer, _) in ahead.Values)
            {
                buffer.Release();
            }

            ahead.Clear();
        }

        sha256.Dispose();
        git?.Dispose();
    }

    private async ValueTask<(ChunkBuffer Buffer, int Length)?> TakeAsync(int index, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task waiting;
            lock (gate)
            {
                if (ahead.Remove(index, out var chunk))
                {
                    return chunk;
                }

                if (end == index)
                {
                    return null;
                }

                arrival = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                waiting = arrival.Task;
            }

            await waiting.WaitAsync(cancellationToken);
        }
    }
}
