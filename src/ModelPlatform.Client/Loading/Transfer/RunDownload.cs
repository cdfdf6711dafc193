using ModelPlatform.Client.Connection;
using ModelPlatform.Integrity;
using ModelPlatform.Manifests;

namespace ModelPlatform.Client.Loading.Transfer;

/// <summary>Brings a run of chunks over one connection at a time. A connection that breaks in the middle of a chunk is followed by one that goes on at that byte, perhaps at the next place.</summary>
internal sealed class RunDownload(ManifestArtifact file, int first, int last, Memory<byte> buffer, Places places, TimeSpan patience)
{
    private int index = first;
    private int filled;

    /// <param name="keep">Takes a proven chunk.</param>
    /// <param name="mayReadFromTheStart">Asked where a place sends from the file's beginning whatever range is wanted; false: leave it to another connection.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>Why it could not be brought; null where it was, or was left to another.</returns>
    public async Task<ApiProblem?> RunAsync(Action<int, ReadOnlyMemory<byte>> keep, Func<bool> mayReadFromTheStart, CancellationToken cancellationToken)
    {
        while (index <= last)
        {
            if (places.Current is not { } place)
            {
                return places.AllFailed(file.Path);
            }

            var from = ChunkProof.OffsetOf(file, index) + filled;
            var opened = await place.OpenAsync(file, from, ChunkProof.OffsetOf(file, last) + ChunkProof.LengthOf(file, last) - 1, cancellationToken);
            if (!opened.TryGet(out var answer, out var problem))
            {
                await Task.Delay(places.Failed(place, problem), cancellationToken);
                continue;
            }

            using var response = answer.Response;
            var skip = from - answer.StartsAt;
            if (skip < 0)
            {
                places.Failed(place, new ApiProblem { Error = $"{file.Path}: byte {from} was asked for, the answer begins at {answer.StartsAt}.", Code = ProblemCode.UnexpectedAnswer });
                continue;
            }

            if (skip > file.Chunking.ChunkSize && !mayReadFromTheStart())
            {
                return null;
            }

            await Task.Delay(await ReceiveAsync(place, response, skip, keep, cancellationToken), cancellationToken);
        }

        return null;
    }

    private async Task<TimeSpan> ReceiveAsync(Place place, HttpResponseMessage response, long skip, Action<int, ReadOnlyMemory<byte>> keep, CancellationToken cancellationToken)
    {
        var received = 0L;
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(silence.Token);
            while (index <= last)
            {
                var length = ChunkProof.LengthOf(file, index);
                silence.CancelAfter(patience);
                var count = await body.ReadAsync(skip > 0 ? buffer.Slice(filled, (int)Math.Min(skip, buffer.Length - filled)) : buffer[filled..length], silence.Token);
                if (count == 0)
                {
                    return Broke($"{file.Path}: the transfer ended early.");
                }

                if (skip > 0)
                {
                    skip -= count;
                    continue;
                }

                received += count;
                filled += count;
                if (filled == length && !Prove(place, buffer[..length], keep))
                {
                    return TimeSpan.Zero;
                }
            }

            return TimeSpan.Zero;
        }
        catch (Exception exception) when (ApiConnection.IsTransport(exception, cancellationToken))
        {
            return Broke(exception is OperationCanceledException ? $"{file.Path}: nothing came for {patience.TotalSeconds:0.#} s." : $"{file.Path}: {exception.Message}");
        }

        TimeSpan Broke(string message)
        {
            if (received > 0)
            {
                // However often it breaks: it gets further each time.
                places.Progressed();
                return TimeSpan.Zero;
            }

            return places.Failed(place, new ApiProblem { Error = message, Code = ProblemCode.DownloadIncomplete, Retryable = true });
        }
    }

    private bool Prove(Place place, ReadOnlyMemory<byte> chunk, Action<int, ReadOnlyMemory<byte>> keep)
    {
        filled = 0;
        var (expected, actual) = (file.Chunking.ChunkHashes[index], Sha256Digest.Of(chunk.Span));
        if (actual != expected)
        {
            places.Lied(place, index, FileDownload.Wrong($"{file.Path}: Chunk verification failed: chunk {index}, expected {expected}, got {actual}."));
            return false;
        }

        places.Proved(place);
        keep(index, chunk);
        index++;
        return true;
    }
}
