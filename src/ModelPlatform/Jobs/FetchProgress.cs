using System.Text.Json;
using System.Text.Json.Nodes;
using ModelPlatform.Events;
using ModelPlatform.Fetching;
using ModelPlatform.Sources;
using StackExchange.Redis;
using Field = ModelPlatform.Jobs.FetchJobFields;

namespace ModelPlatform.Jobs;

/// <summary>Counts what a fetch reports and writes it into the job at most four times a second. Nothing it writes is state.</summary>
internal sealed class FetchProgress(FetchJobStore store, IEventLog events, FetchJobRecord job, TimeProvider time) : IFetchProgress
{
    /// <summary>Between two writes.</summary>
    public static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan SpeedWindow = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private readonly Queue<(long At, long Received)> samples = new();
    private readonly List<FetchAttempt> attempts = [.. job.Job.Attempts];
    private readonly Dictionary<string, int> providers = new(job.Job.ChunkProviders, StringComparer.Ordinal);
    private FetchTotals? plan;
    private string? currentFile;
    private long verifiedBytes, received, writtenBytes = job.Job.DownloadedBytes;
    private int verified, reused, downloaded, currentSource;
    private bool planChanged, attemptsChanged, dirty;

    /// <summary>Whether a chunk came from a source in this run: then the retry budget begins anew.</summary>
    public bool HasDownloaded => Volatile.Read(ref downloaded) > 0;

    public void Planned(FetchTotals totals)
    {
        lock (gate)
        {
            (plan, planChanged, dirty) = (totals, true, true);
            (verifiedBytes, verified, reused) = (0, 0, 0);
        }
    }

    public void ChunkVerified(VerifiedChunk chunk)
    {
        lock (gate)
        {
            verifiedBytes += chunk.Length;
            verified++;
            if (chunk.Reused)
            {
                reused++;
            }
            else
            {
                downloaded++;
                var provider = chunk.Provider ?? job.Request.SourceAt(chunk.Source);
                providers[provider] = providers.GetValueOrDefault(provider) + 1;
            }

            currentFile = chunk.Path;
            dirty = true;
        }
    }

    public void BytesReceived(int count)
    {
        Interlocked.Add(ref received, count);
        dirty = true;
    }

    public void SourceFailed(string source, PlatformError error)
    {
        lock (gate)
        {
            EndAttempt(error.Code.WireName());
            var sources = Sources;
            if (++currentSource < sources.Count)
            {
                attempts.Add(new FetchAttempt(sources[currentSource], time.GetUtcNow(), null, null));
            }
        }
    }

    /// <summary>Begins the attempt with the first source.</summary>
    public HashEntry Begin()
    {
        attempts.Add(new FetchAttempt(job.Request.Source, time.GetUtcNow(), null, null));
        return FetchJobRecord.Write(attempts);
    }

    /// <summary>The last fields of this run: what was not written yet, and the attempts with the running one ended.</summary>
    public HashEntry[] Finish(string? errorCode)
    {
        lock (gate)
        {
            EndAttempt(errorCode);
            return Take();
        }
    }

    /// <summary>What there is to write now, for the job's hash; empty where nothing changed.</summary>
    public HashEntry[] Take()
    {
        lock (gate)
        {
            Sample();
            if (!dirty)
            {
                return [];
            }

            dirty = false;
            var fields = new List<HashEntry>();
            if (plan is not null && planChanged)
            {
                planChanged = false;
                fields.Add(new(Field.Framework, plan.Framework));
                fields.Add(new(Field.Revision, plan.Revision ?? RedisValue.EmptyString));
                fields.Add(new(Field.TotalBytes, plan.TotalBytes ?? RedisValue.EmptyString));
                fields.Add(new(Field.TotalChunks, plan.TotalChunks ?? RedisValue.EmptyString));
                fields.Add(new(Field.Metadata, JsonSerializer.SerializeToUtf8Bytes(plan.Metadata, JobsJson.Default.JsonObject)));
            }

            if (attemptsChanged)
            {
                attemptsChanged = false;
                fields.Add(FetchJobRecord.Write(attempts));
            }

            // A later run counts the same bytes again from its journal: what was shown before is not taken back.
            writtenBytes = Math.Max(writtenBytes, verifiedBytes);
            var speed = Speed();
            fields.Add(new(Field.DownloadedBytes, plan?.TotalBytes is { } total ? Math.Min(total, writtenBytes) : writtenBytes));
            fields.Add(new(Field.ChunksVerified, verified));
            fields.Add(new(Field.ChunksReused, reused));
            fields.Add(new(Field.ChunkProviders, JsonSerializer.SerializeToUtf8Bytes(providers, JobsJson.Default.DictionaryStringInt32)));
            fields.Add(new(Field.BytesPerSecond, speed));
            fields.Add(new(Field.EtaSeconds, speed > 0 && plan?.TotalBytes is { } size ? (size - verifiedBytes + speed - 1) / speed : RedisValue.EmptyString));
            fields.Add(new(Field.CurrentFile, currentFile ?? RedisValue.EmptyString));
            if (downloaded > 0)
            {
                fields.Add(new(Field.Takeovers, 0));
            }

            return [.. fields];
        }
    }

    /// <summary>Writes until the fetch ends. Redis being away only delays what is shown.</summary>
    public async Task WriteAsync(FetchLease lease, CancellationToken fetchEnded)
    {
        using var detail = JobTelemetry.StartDetail("write progress");
        try
        {
            while (true)
            {
                await Task.Delay(Pace, time, fetchEnded);
                var fields = Take();
                if (fields.Length == 0)
                {
                    continue;
                }

                try
                {
                    if (!await store.WriteAsync(job.Id, lease.Fence, fields))
                    {
                        await lease.CheckAsync();
                        return;
                    }

                    Show();
                }
                catch (Exception exception) when (exception is RedisException or TimeoutException)
                {
                    lock (gate)
                    {
                        (dirty, planChanged, attemptsChanged) = (true, true, true);
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The last fields go with the move that ends the run.
        }
    }

    private List<string> Sources => [job.Request.Source, .. job.Request.Fallbacks.Select(fallback => fallback.Source)];

    private void EndAttempt(string? errorCode)
    {
        for (var i = 0; i < attempts.Count; i++)
        {
            if (attempts[i].EndedAt is null)
            {
                attempts[i] = attempts[i] with { EndedAt = time.GetUtcNow(), ErrorCode = errorCode };
            }
        }

        (attemptsChanged, dirty) = (true, true);
    }

    private void Show()
    {
        JsonObject data;
        lock (gate)
        {
            data = new JsonObject
            {
                ["status"] = FetchStatus.Downloading.Word(),
                ["downloadedBytes"] = writtenBytes,
                ["totalBytes"] = plan?.TotalBytes,
                ["bytesPerSecond"] = Speed(),
                ["chunksVerified"] = verified,
                ["chunksReused"] = reused,
                ["totalChunks"] = plan?.TotalChunks,
                ["currentFile"] = currentFile,
            };
        }

        events.Show(new PlatformEvent(EventTypes.DownloadProgress, time.GetUtcNow()) { JobId = job.Id, ModelId = job.Job.ModelId, Data = data });
    }

    private void Sample()
    {
        var now = time.GetTimestamp();
        samples.Enqueue((now, Interlocked.Read(ref received)));
        while (samples.Count > 2 && time.GetElapsedTime(samples.Peek().At, now) > SpeedWindow)
        {
            samples.Dequeue();
        }
    }

    private long Speed()
    {
        if (samples.Count < 2)
        {
            return 0;
        }

        var (first, last) = (samples.Peek(), samples.Last());
        var seconds = time.GetElapsedTime(first.At, last.At).TotalSeconds;
        return seconds > 0 ? (long)((last.Received - first.Received) / seconds) : 0;
    }
}
