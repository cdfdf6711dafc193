namespace ModelPlatform.FunctionalTests.Telemetry;

/// <summary>A span as a collector sees it.</summary>
public sealed record ReceivedSpan(string Service, string Scope, string Name, string TraceId, string SpanId, string ParentId, IReadOnlyDictionary<string, string?> Attributes);
