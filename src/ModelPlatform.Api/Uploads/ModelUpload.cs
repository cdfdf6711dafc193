using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using ModelPlatform.Chunks;
using ModelPlatform.Fetching;
using ModelPlatform.Integrity;
using ModelPlatform.Registry;
using ModelPlatform.Sources;

namespace ModelPlatform.Api.Uploads;

/// <summary>Stores a body chunk by chunk while it arrives, and publishes it once it is whole. At most <see cref="AtOnce"/> bodies hold buffers.</summary>
internal sealed class ModelUpload(IChunkStore chunks, IModelRegistry registry, IOptions<ChunkStoreOptions> options, TimeProvider time) : IDisposable
{
    private const int AtOnce = 4;
    private const string Source = "upload";
    private readonly SemaphoreSlim slots = new(AtOnce, AtOnce);

    public async Task<Result<ModelEntry>> ReceiveAsync(UploadRequest request, Stream body, CancellationToken cancellationToken)
    {
        await slots.WaitAsync(cancellationToken);
        try
        {
            var stored = await StoreAsync(request, body, cancellationToken);
            if (!stored.TryGet(out var received, out var error))
            {
                return error;
            }

            if (request.ExpectedSha256 is { } expected && expected != received.File.Sha256)
            {
                return new PlatformError(ErrorCode.IntegrityFailed, $"The body of {request.Model} has SHA-256 {received.File.Sha256}, expected {expected}.");
            }

            await chunks.FlushAsync(cancellationToken);
            var card = new ModelCard { Stage = request.Stage, IsUploaded = true, PublishedAt = time.GetUtcNow() };
            return await registry.PublishAsync(request.Model, Describe(request.Model, received.File, received.Framework), card, _ => ValueTask.CompletedTask, cancellationToken);
        }
        finally
        {
            slots.Release();
        }
    }

    public void Dispose() => slots.Dispose();

    private async Task<Result<Received>> StoreAsync(UploadRequest request, Stream body, CancellationToken cancellationToken)
    {
        var chunkSize = options.Value.ChunkSize;
        var reading = ArrayPool<byte>.Shared.Rent(chunkSize);
        var writing = ArrayPool<byte>.Shared.Rent(chunkSize);
        using var whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        List<Sha256Digest> ids = [];
        var framework = request.Framework;
        var size = 0L;
        var put = Task.CompletedTask;
        try
        {
            while (true)
            {
                var count = await body.ReadAtLeastAsync(reading.AsMemory(0, chunkSize), chunkSize, throwOnEndOfStream: false, cancellationToken);
                if (count == 0)
                {
                    break;
                }

                if ((size += count) > request.MaxBytes)
                {
                    return new PlatformError(ErrorCode.FileTooLarge, $"The body is larger than MODEL_FETCH_MAX_FILE_SIZE ({request.MaxBytes} bytes).");
                }

                framework ??= FileSignature.Detect(reading.AsSpan(0, count));
                if (framework is null)
                {
                    return new PlatformError(ErrorCode.UnsupportedFramework, "The framework was not detected from the first bytes: name it in the field framework.");
                }

                whole.AppendData(reading, 0, count);
                var id = Sha256Digest.Of(reading.AsSpan(0, count));
                ids.Add(id);
                await put;
                (reading, writing) = (writing, reading);
                put = PutAsync(id, writing.AsMemory(0, count), cancellationToken);
            }

            await put;
        }
        finally
        {
            // The store may still read the buffer it was given.
            await put.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ArrayPool<byte>.Shared.Return(reading);
            ArrayPool<byte>.Shared.Return(writing);
        }

        return size == 0
            ? new PlatformError(ErrorCode.InvalidRequest, "The body is empty.")
            : new Received(new FetchedFile(FileSignature.FileNameOf(framework!), size, new Sha256Digest(whole.GetHashAndReset()), chunkSize, ids), framework!);
    }

    private async Task PutAsync(Sha256Digest id, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => ChunkTelemetry.Count(await chunks.PutAsync(id, content, cancellationToken), content.Length);

    private static FetchedModel Describe(ModelId id, FetchedFile file, string framework)
    {
        var variant = new SourceVariant("default", [new SourceFile(file.Path, file.Path) { Size = file.Size, Sha256 = file.Sha256.ToString() }], "unknown");
        var inspection = new SourceInspection([variant], id.Name.Replace('/', '-')) { Framework = framework, Metadata = new JsonObject() };
        return new FetchedModel(inspection, new FetchSource(Source, new SourceReference(id.ToString())), variant, framework, [file]);
    }

    private sealed record Received(FetchedFile File, string Framework);
}
