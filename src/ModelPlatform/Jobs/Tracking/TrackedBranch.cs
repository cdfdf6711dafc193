using System.Text.Json.Serialization;

namespace ModelPlatform.Jobs.Tracking;

/// <summary>A branch somebody wants to have followed: the request that asked for it, and the revision last seen.</summary>
internal sealed record TrackedBranch(FetchJobRequest Request, string? Revision)
{
    /// <summary>One for each model name and place it comes from.</summary>
    [JsonIgnore]
    public string Key => $"{Request.Model.Name}|{Request.Source}|{Request.SourceReference}|{Request.Revision}|{Request.Variant}";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(TrackedBranch))]
internal sealed partial class TrackingJson : JsonSerializerContext;
