namespace ModelPlatform.Sources;

/// <summary>The bytes wanted of a file.</summary>
/// <param name="Offset">First byte, counted from 0.</param>
/// <param name="Length">How many; null means to the end.</param>
public readonly record struct SourceRange(long Offset, long? Length = null);
