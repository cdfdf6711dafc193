using ModelPlatform.Integrity;
using ModelPlatform.Sources;

namespace ModelPlatform.Fetching;

/// <summary>A model whose every byte is verified and stored, not yet published.</summary>
/// <param name="Inspection">What the source said of it.</param>
/// <param name="Source">The source that was inspected.</param>
/// <param name="Variant">The variant that was fetched.</param>
/// <param name="Framework">Detected, or named by the caller.</param>
/// <param name="Files">The files, in the source's order.</param>
public sealed record FetchedModel(SourceInspection Inspection, FetchSource Source, SourceVariant Variant, string Framework, IReadOnlyList<FetchedFile> Files);

/// <summary>A verified file.</summary>
/// <param name="Path">Relative path.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Sha256">Of the whole file.</param>
/// <param name="ChunkSize">Bytes in each chunk but the last.</param>
/// <param name="Chunks">Its chunks, in order.</param>
public sealed record FetchedFile(string Path, long Size, Sha256Digest Sha256, int ChunkSize, IReadOnlyList<Sha256Digest> Chunks);
