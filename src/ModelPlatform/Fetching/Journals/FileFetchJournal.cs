using System.Globalization;
using System.Text;
using ModelPlatform.Integrity;

namespace ModelPlatform.Fetching.Journals;

/// <summary>
/// A journal in a directory, for fetching without a server: <c>plan.json</c>, and one line for each chunk in <c>chunks</c>. A line that a killed process left half
/// written is not believed; every line carries the plan's digest, so that lines of an older plan are not either. One process at a time: the directory is locked.
/// </summary>
public sealed class FileFetchJournal : IFetchJournal, IAsyncDisposable
{
    private readonly string planPath;
    private readonly FileStream chunks;
    private readonly SemaphoreSlim gate = new(1);
    private string planDigest = string.Empty;

    private FileFetchJournal(string directory)
    {
        Directory.CreateDirectory(directory);
        planPath = Path.Combine(directory, "plan.json");
        chunks = new FileStream(Path.Combine(directory, "chunks"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
    }

    /// <summary>Opens or makes a journal.</summary>
    /// <exception cref="StaleLeaseException">Another process is using it.</exception>
    public static FileFetchJournal Open(string directory)
    {
        try
        {
            return new FileFetchJournal(directory);
        }
        catch (IOException exception) when (exception is not DirectoryNotFoundException)
        {
            throw new StaleLeaseException($"Another process is fetching with the journal in '{directory}': {exception.Message}");
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadPlanAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(planPath))
        {
            return null;
        }

        await using var file = File.OpenRead(planPath);
        var plan = new byte[file.Length];
        await file.ReadExactlyAsync(plan, cancellationToken);
        planDigest = Sha256Digest.Of(plan).ToString();
        return plan;
    }

    /// <inheritdoc/>
    public async ValueTask WritePlanAsync(ReadOnlyMemory<byte> plan, CancellationToken cancellationToken)
    {
        var temporary = planPath + ".new";
        await using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write))
        {
            await file.WriteAsync(plan, cancellationToken);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, planPath, overwrite: true);
        planDigest = Sha256Digest.Of(plan.Span).ToString();
        chunks.SetLength(0);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<JournaledChunk>> ReadChunksAsync(int fileIndex, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            chunks.Position = 0;
            using var reader = new StreamReader(chunks, Encoding.ASCII, leaveOpen: true);
            var known = new List<JournaledChunk>();
            while (await reader.ReadLineAsync(cancellationToken) is { } line)
            {
                var parts = line.Split(' ');
                if (parts.Length == 7 && parts[0] == planDigest && parts[6] == "." && int.Parse(parts[1], CultureInfo.InvariantCulture) == fileIndex)
                {
                    known.Add(new JournaledChunk(
                        int.Parse(parts[2], CultureInfo.InvariantCulture),
                        Sha256Digest.Parse(parts[3]),
                        int.Parse(parts[4], CultureInfo.InvariantCulture),
                        int.Parse(parts[5], CultureInfo.InvariantCulture)));
                }
            }

            return known;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask AppendAsync(int fileIndex, IReadOnlyList<JournaledChunk> chunks, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        var lines = new StringBuilder("\n");
        foreach (var chunk in chunks)
        {
            lines.Append(CultureInfo.InvariantCulture, $"{planDigest} {fileIndex} {chunk.Index} {chunk.Id} {chunk.Length} {chunk.Source} .\n");
        }

        await gate.WaitAsync(cancellationToken);
        try
        {
            this.chunks.Seek(0, SeekOrigin.End);
            await this.chunks.WriteAsync(Encoding.ASCII.GetBytes(lines.ToString()), CancellationToken.None);
            this.chunks.Flush(flushToDisk: true);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await chunks.DisposeAsync();
        gate.Dispose();
    }
}
