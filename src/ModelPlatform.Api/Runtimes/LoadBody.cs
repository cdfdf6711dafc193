using System.Text.Json.Nodes;

namespace ModelPlatform.Api.Runtimes;

/// <summary>How a model is to be loaded, and where it is to come from if it is not here.</summary>
/// <param name="Config">Replaces the members it names; those that are null are taken away.</param>
/// <param name="Preload">Answer at once and load behind the scenes.</param>
/// <param name="Source">The source; huggingface, with the registered repoId, where it is left out.</param>
/// <param name="SourceReference">The model's name there.</param>
/// <param name="Variant">The variant wanted.</param>
/// <param name="Revision">The revision wanted.</param>
internal sealed record LoadBody(JsonObject? Config, bool? Preload, string? Source, string? SourceReference, string? Variant, string? Revision);
