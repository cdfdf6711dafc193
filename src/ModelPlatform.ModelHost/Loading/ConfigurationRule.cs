using System.Text.Json;
using System.Text.Json.Nodes;
using ModelPlatform.Sources;

namespace ModelPlatform.ModelHost.Loading;

/// <summary>What a model's configuration may hold. Members a runtime has of its own pass.</summary>
internal static class ConfigurationRule
{
    private const int Longest = 16 * 1024;

    /// <summary>Lays a change over a configuration: members that are null are taken away.</summary>
    public static Result<JsonObject> Merge(JsonObject configuration, JsonObject? change)
    {
        var merged = configuration.DeepClone().AsObject();
        foreach (var (name, value) in change ?? [])
        {
            merged.Remove(name);
            if (value is not null)
            {
                merged[name] = value.DeepClone();
            }
        }

        var faults = merged.Select(member => FindFault(member.Key, member.Value)).OfType<string>().ToArray();
        return faults.Length > 0 ? new PlatformError(ErrorCode.InvalidRequest, $"Invalid configuration: {string.Join(" ", faults)}")
            : merged.ToJsonString().Length > Longest ? new PlatformError(ErrorCode.InvalidRequest, $"The configuration is longer than {Longest} characters.")
            : merged;
    }

    private static string? FindFault(string name, JsonNode? value) => name switch
    {
        "threshold" => IsNumber(value, 0, 1) ? null : "threshold is a number from 0 to 1.",
        "batchSize" => IsWhole(value, 1, 65536) ? null : "batchSize is a whole number from 1 to 65536.",
        "threads" => IsWhole(value, 1, 256) ? null : "threads is a whole number from 1 to 256.",
        "forceCpu" => value?.GetValueKind() is JsonValueKind.True or JsonValueKind.False ? null : "forceCpu is true or false.",
        "runtime" or "artifact" => value?.GetValueKind() is JsonValueKind.String ? null : $"{name} is a text.",
        "executionProviders" => value is JsonArray { Count: <= 16 } array && array.All(item => item?.GetValueKind() is JsonValueKind.String) ? null : "executionProviders is a list of at most 16 names.",
        _ => null,
    };

    private static bool IsNumber(JsonNode? value, double least, double most) =>
        value?.GetValueKind() is JsonValueKind.Number && double.TryParse(value.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture, out var number) && number >= least && number <= most;

    private static bool IsWhole(JsonNode? value, int least, int most) => IsNumber(value, least, most) && int.TryParse(value!.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture, out _);
}
