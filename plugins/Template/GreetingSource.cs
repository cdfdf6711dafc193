using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelPlatform.Sources;

namespace MySource;

/// <summary>A source with one model in it, made up in memory. Put your own place in its stead: see docs/guides/write-a-source-plugin.md.</summary>
internal sealed class GreetingSource(string greeting) : ISource
{
    private const string Model = "hello";
    private const string File = "hello.safetensors";

    private readonly byte[] bytes = MakeModel(greeting);

    /// <summary>What does the reference hold? Nothing is downloaded here, and everything that is known is said: it is checked later.</summary>
    public ValueTask<Result<SourceInspection>> InspectAsync(SourceReference reference, CancellationToken cancellationToken)
    {
        if (reference.Reference != Model)
        {
            return new(new PlatformError(ErrorCode.ModelNotFound, $"This source holds one model only: {Model}."));
        }

        var file = new SourceFile(File, File)
        {
            Size = bytes.Length,
            Sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes)),
            AcceptsRanges = true,
        };
        return new(new SourceInspection([new SourceVariant("default", [file], "unknown")], Model)
        {
            Framework = "safetensors",
            Metadata = new JsonObject { ["description"] = greeting },
        });
    }

    /// <summary>Opens a file of an earlier inspection at an offset, perhaps one another process made: what is needed stands in the locator.</summary>
    public ValueTask<Result<SourceContent>> OpenAsync(SourceFile file, SourceRange range, CancellationToken cancellationToken)
    {
        if (file.Locator != File)
        {
            return new(new PlatformError(ErrorCode.ModelNotFound, $"This source holds one file only: {File}."));
        }

        if (range.Offset < 0 || range.Offset > bytes.Length)
        {
            return new(new PlatformError(ErrorCode.RangeNotSatisfiable, $"{File} has {bytes.Length} bytes."));
        }

        var length = (int)Math.Min(range.Length ?? long.MaxValue, bytes.Length - range.Offset);
        var body = new MemoryStream(bytes, (int)range.Offset, length, writable: false);
        return new(new SourceContent(body, range.Offset) { Length = length, TotalSize = bytes.Length });
    }

    public ValueTask<SourceHealth> CheckHealthAsync(CancellationToken cancellationToken) => new(new SourceHealth(true));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    // A safetensors file without tensors: the length of its header, and the header.
    private static byte[] MakeModel(string greeting)
    {
        var header = Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new JsonObject { ["__metadata__"] = new JsonObject { ["greeting"] = greeting } }));
        var model = new byte[8 + header.Length];
        BinaryPrimitives.WriteInt64LittleEndian(model, header.Length);
        header.CopyTo(model, 8);
        return model;
    }
}
