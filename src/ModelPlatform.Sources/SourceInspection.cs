using System.Text.Json.Nodes;

namespace ModelPlatform.Sources;

/// <summary>What a reference holds.</summary>
/// <param name="Variants">At least one; the first is what a caller gets who names none.</param>
/// <param name="SuggestedModelName">A name for the model here, made of <c>[A-Za-z0-9._-]</c>.</param>
public sealed record SourceInspection(IReadOnlyList<SourceVariant> Variants, string SuggestedModelName)
{
    /// <summary>onnx, tensorflow, transformers, ollama, gguf, safetensors or pytorch; null where it was not detected.</summary>
    public string? Framework { get; init; }

    /// <summary>The immutable revision everything in <see cref="Variants"/> is pinned to: a commit, a CID, a version; null where the source has none.</summary>
    public string? Revision { get; init; }

    /// <summary>Whether the operator's own credentials were needed: such a model is never served anonymously.</summary>
    public bool IsGated { get; init; }

    /// <summary>Where the source is another ModelPlatform: the manifest that vouches for these files, the bytes as they came. The host checks it and that each file is the one it names; what it says of other places (<c>distribution</c>) may be used as well. Since contract 1.1.</summary>
    public ReadOnlyMemory<byte>? Manifest { get; init; }

    /// <summary>What the source says of the model: <c>description</c>, <c>tags</c>, <c>pipelineTag</c>, <c>license</c>, <c>library</c>, <c>architectures</c>, <c>hiddenSize</c>, <c>baseModel</c> …</summary>
    public JsonObject Metadata { get; init; } = [];
}
