namespace ModelPlatform.Documents;

/// <summary>A model and its variants as a document that sites exchange. Its id is <c>model_id:version</c>.</summary>
public sealed record ModelRegistryDocument
{
    /// <summary>The model.</summary>
    public required string ModelId { get; init; }

    /// <summary>Its version, semver.</summary>
    public required string Version { get; init; }

    /// <summary>Variants by id, for example <c>fp32_cuda</c>.</summary>
    public required IReadOnlyDictionary<string, ModelVariantBlob> Variants { get; init; }

    /// <summary>Who signed it.</summary>
    public ModelProvenance? Provenance { get; init; }

    /// <summary>What it is.</summary>
    public string? Description { get; init; }

    /// <summary>The document's id.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string DocumentId => $"{ModelId}:{Version}";

    /// <summary>The same with a variant added; one of the same id is replaced.</summary>
    public ModelRegistryDocument WithVariant(string id, ModelVariantBlob variant) => this with
    {
        Variants = new Dictionary<string, ModelVariantBlob>(Variants, StringComparer.Ordinal) { [id] = variant },
    };
}

/// <summary>One variant of a model.</summary>
public sealed record ModelVariantBlob
{
    /// <summary>Its content.</summary>
    public required BlobReference Blob { get; init; }

    /// <summary>float32, float16, int8 …</summary>
    public required string Precision { get; init; }

    /// <summary>Execution providers it is made for, for example <c>CUDAExecutionProvider</c>.</summary>
    public required IReadOnlyList<string> ExecutionProviders { get; init; }

    /// <summary>Gigabytes of GPU memory it needs at least.</summary>
    public double? MinGpuMemoryGb { get; init; }
}

/// <summary>Who vouches for a document.</summary>
public sealed record ModelProvenance
{
    /// <summary>The signer.</summary>
    public required string SignedBy { get; init; }

    /// <summary>The signature.</summary>
    public required string Signature { get; init; }

    /// <summary>When, as its writer wrote it.</summary>
    public string? SignedAt { get; init; }
}
