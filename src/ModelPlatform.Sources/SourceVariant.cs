namespace ModelPlatform.Sources;

/// <summary>One choice among a model's files: a precision or quantization with everything needed to run it.</summary>
/// <param name="Name">For example <c>fp32</c>, <c>q4f16</c>, <c>Q4_K_M</c>; <c>default</c> where there is no choice.</param>
/// <param name="Files">All files of the variant: weights, tokenizer, configuration. No path twice.</param>
/// <param name="Precision">fp32, fp16, int8 …, or <c>unknown</c>.</param>
public sealed record SourceVariant(string Name, IReadOnlyList<SourceFile> Files, string Precision)
{
    /// <summary>Other names it answers to, for example <c>default</c> and <c>quantized</c>.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>The quantization scheme where there is one, for example <c>Q4_K_M</c>.</summary>
    public string? Quantization { get; init; }

    /// <summary>The sum of the files' sizes in bytes; null where one of them is not known.</summary>
    public long? TotalSize => Files.All(file => file.Size is not null) ? Files.Sum(file => file.Size) : null;

    /// <summary>Whether <paramref name="name"/> means this variant.</summary>
    public bool Answers(string name) => string.Equals(Name, name, StringComparison.OrdinalIgnoreCase) || Aliases.Contains(name, StringComparer.OrdinalIgnoreCase);
}
