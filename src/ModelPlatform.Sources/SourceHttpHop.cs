namespace ModelPlatform.Sources;

/// <summary>A redirect that was followed.</summary>
/// <param name="Uri">Who redirected.</param>
/// <param name="StatusCode">301, 302, 303, 307 or 308.</param>
/// <param name="Headers">All headers of the answer, names without regard to case.</param>
public sealed record SourceHttpHop(Uri Uri, int StatusCode, IReadOnlyDictionary<string, string> Headers);
