using System.Collections.Concurrent;
using ModelPlatform.Chunks.FileSystem;
using ModelPlatform.Integrity;

namespace ModelPlatform.Serving;

/// <summary>Which chunk files were hashed and found right, so that hot serving does not hash again. A file that changed in any way (inode, time, size) is not among them.</summary>
internal sealed class ProvenFiles
{
    /// <summary>Some 10 MiB of memory at most; enough for half a terabyte of chunks.</summary>
    private const int Capacity = 100_000;

    private readonly ConcurrentDictionary<Sha256Digest, FileIdentity> identities = new();

    public bool Contains(Sha256Digest id, FileIdentity identity) => identities.TryGetValue(id, out var known) && known == identity;

    public void Add(Sha256Digest id, FileIdentity identity)
    {
        if (identities.Count >= Capacity)
        {
            identities.Clear();
        }

        identities[id] = identity;
    }
}
