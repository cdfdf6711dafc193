using System.Buffers;
using ModelPlatform.Integrity;

namespace ModelPlatform.Serving;

/// <summary>Proven chunks in memory, at most so many bytes, least recently used first out. Chunks in use stay; who finds no room waits for one to be released.</summary>
internal sealed class ChunkCache(long budget)
{
    private readonly Lock gate = new();
    private readonly Dictionary<Sha256Digest, Entry> entries = [];
    private readonly LinkedList<Entry> byUse = [];
    private TaskCompletionSource roomMade = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long used;

    public delegate Task Load(Sha256Digest id, Memory<byte> destination);

    public async ValueTask<ChunkLease> AcquireAsync(Sha256Digest id, int length, Load load, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task room;
            Entry? entry;
            lock (gate)
            {
                entry = FindOrReserve(id, length, load, mayExceed: used == 0);
                if (entry is not null)
                {
                    entry.Hold();
                    ServingTelemetry.CountLookup(isHit: entry.WasAcquired);
                    entry.WasAcquired = true;
                }

                room = roomMade.Task;
            }

            if (entry is null)
            {
                await room.WaitAsync(cancellationToken);
                continue;
            }

            try
            {
                await entry.Loading.WaitAsync(cancellationToken);
                return new ChunkLease(entry.Bytes, () => Release(entry));
            }
            catch
            {
                Release(entry);
                throw;
            }
        }
    }

    /// <summary>Loads a chunk that nobody holds yet, if there is room without waiting.</summary>
    public void TryLoad(Sha256Digest id, int length, Load load)
    {
        lock (gate)
        {
            FindOrReserve(id, length, load, mayExceed: false);
        }
    }

    private Entry? FindOrReserve(Sha256Digest id, int length, Load load, bool mayExceed)
    {
        if (entries.TryGetValue(id, out var entry))
        {
            byUse.Remove(entry.Place);
            byUse.AddLast(entry.Place);
            return entry;
        }

        for (var oldest = byUse.First; oldest is not null && used + length > budget;)
        {
            var next = oldest.Next;
            if (oldest.Value.IsIdle)
            {
                Remove(oldest.Value);
            }

            oldest = next;
        }

        if (used + length > budget && !mayExceed)
        {
            return null;
        }

        entry = new Entry(id, length);
        entries.Add(id, entry);
        byUse.AddLast(entry.Place);
        used += length;
        entry.Loading = Task.Run(() => LoadAsync(entry, load));
        return entry;
    }

    private async Task LoadAsync(Entry entry, Load load)
    {
        try
        {
            await load(entry.Id, entry.Bytes);
        }
        catch
        {
            // Who waits sees the failure; who comes later tries again.
            lock (gate)
            {
                entry.HasFailed = true;
                if (entry.Holders == 0)
                {
                    Remove(entry);
                }
                else
                {
                    entries.Remove(entry.Id);
                }
            }

            throw;
        }

        lock (gate)
        {
            entry.IsLoaded = true;
            SignalRoom();
        }
    }

    private void Release(Entry entry)
    {
        lock (gate)
        {
            entry.Drop();
            if (entry.HasFailed && entry.Holders == 0)
            {
                Remove(entry);
            }

            SignalRoom();
        }
    }

    private void Remove(Entry entry)
    {
        if (entries.TryGetValue(entry.Id, out var known) && ReferenceEquals(known, entry))
        {
            entries.Remove(entry.Id);
        }

        byUse.Remove(entry.Place);
        used -= entry.Bytes.Length;
        entry.Free();
        SignalRoom();
    }

    private void SignalRoom()
    {
        roomMade.TrySetResult();
        roomMade = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class Entry
    {
        private readonly byte[] rented;

        public Entry(Sha256Digest id, int length)
        {
            Id = id;
            rented = ArrayPool<byte>.Shared.Rent(length);
            Bytes = rented.AsMemory(0, length);
            Place = new LinkedListNode<Entry>(this);
        }

        public Sha256Digest Id { get; }

        public Memory<byte> Bytes { get; }

        public LinkedListNode<Entry> Place { get; }

        public Task Loading { get; set; } = Task.CompletedTask;

        public bool IsLoaded { get; set; }

        public bool HasFailed { get; set; }

        /// <summary>Somebody had it already: whoever comes now reads it for nothing.</summary>
        public bool WasAcquired { get; set; }

        public int Holders { get; private set; }

        public bool IsIdle => IsLoaded && Holders == 0;

        public void Hold() => Holders++;

        public void Drop() => Holders--;

        public void Free() => ArrayPool<byte>.Shared.Return(rented);
    }
}
