using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace ModelPlatform.Plugins.Tests.HuggingFace;

/// <summary>A repository of the fake Hub: its files, and what it says of itself.</summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Security", "CA5350", Justification = "Git names its objects by SHA-1.")]
internal sealed class FakeRepository
{
    private readonly SortedDictionary<string, (byte[] Bytes, bool IsLfs)> files = new(StringComparer.Ordinal);

    public bool IsPrivate { get; init; }

    public JsonNode? Gated { get; init; }

    public bool IsDisabled { get; init; }

    public JsonObject Card { get; init; } = [];

    /// <summary>Changes the entries of the listing before they are sent.</summary>
    public Action<JsonArray>? EditTree { get; set; }

    public IReadOnlyDictionary<string, (byte[] Bytes, bool IsLfs)> Files => files;

    /// <summary>A pure function of the content, as a commit is.</summary>
    public string Commit => Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(string.Join('\n', files.Select(file => $"{file.Key} {Oid(file.Value.Bytes)}")))));

    public FakeRepository With(string path, string text) => With(path, Encoding.UTF8.GetBytes(text), isLfs: false);

    public FakeRepository With(string path, byte[] bytes, bool isLfs = true)
    {
        files[path] = (bytes, isLfs);
        return this;
    }

    public static byte[] Bytes(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public static string Oid(byte[] bytes) => Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {bytes.Length}\0"), .. bytes]));

    public static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    public JsonArray Tree()
    {
        var tree = new JsonArray();
        foreach (var directory in files.Keys.Where(path => path.Contains('/')).Select(path => path[..path.LastIndexOf('/')]).Distinct())
        {
            tree.Add(new JsonObject { ["type"] = "directory", ["oid"] = new string('d', 40), ["size"] = 0, ["path"] = directory });
        }

        foreach (var (path, (bytes, isLfs)) in files)
        {
            var entry = new JsonObject { ["type"] = "file", ["oid"] = Oid(bytes), ["size"] = bytes.Length, ["path"] = path };
            if (isLfs)
            {
                var pointer = Encoding.ASCII.GetBytes($"version https://git-lfs.github.com/spec/v1\noid sha256:{Sha256(bytes)}\nsize {bytes.Length}\n");
                entry["oid"] = Oid(pointer);
                entry["lfs"] = new JsonObject { ["oid"] = Sha256(bytes), ["size"] = bytes.Length, ["pointerSize"] = pointer.Length };
                entry["xetHash"] = new string('e', 64);
            }

            tree.Add(entry);
        }

        EditTree?.Invoke(tree);
        return tree;
    }
}
