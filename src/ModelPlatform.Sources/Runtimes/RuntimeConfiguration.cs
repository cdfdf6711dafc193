using System.Text.Json;
using System.Text.Json.Nodes;

namespace ModelPlatform.Sources.Runtimes;

/// <summary>How a model is to be loaded and run: the caller's JSON, and the members every runtime should know.</summary>
/// <param name="values">What was set.</param>
public sealed class RuntimeConfiguration(JsonObject values)
{
    /// <summary>What was set, with members of a runtime's own.</summary>
    public JsonObject Values { get; } = values;

    /// <summary>The runtime wanted; null for the first that can load the framework.</summary>
    public string? Runtime => Text("runtime");

    /// <summary>The file to load; null for the primary one.</summary>
    public string? Artifact => Text("artifact");

    /// <summary>Scores below it do not count.</summary>
    public double? Threshold => Number("threshold");

    /// <summary>The most rows of one run.</summary>
    public int? BatchSize => Number("batchSize") is { } number ? (int)number : null;

    /// <summary>Never anything but the processor.</summary>
    public bool ForceCpu => Values["forceCpu"] is JsonValue value && value.GetValueKind() is JsonValueKind.True;

    /// <summary>Threads of one run; null for the runtime's own choice.</summary>
    public int? Threads => Number("threads") is { } number ? (int)number : null;

    /// <summary>Execution providers in the order of preference, for example <c>CUDAExecutionProvider</c>.</summary>
    public IReadOnlyList<string> ExecutionProviders => Values["executionProviders"] is JsonArray array
        ? [.. array.OfType<JsonValue>().Select(value => value.TryGetValue<string>(out var text) ? text : null).OfType<string>()]
        : [];

    private string? Text(string name) => Values[name] is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0 ? text : null;

    // A node may have come from text or from code: the raw JSON is the same for both.
    private double? Number(string name) => Values[name] is JsonValue value && value.GetValueKind() is JsonValueKind.Number ? double.Parse(value.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture) : null;
}
