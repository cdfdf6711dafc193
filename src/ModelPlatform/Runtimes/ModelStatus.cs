using System.Text.Json.Serialization;

namespace ModelPlatform.Runtimes;

/// <summary>Where a model stands on its way from a source into memory.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ModelStatus>))]
public enum ModelStatus
{
    /// <summary>Known, and not here.</summary>
    [JsonStringEnumMemberName("not_downloaded")] NotDownloaded,

    /// <summary>A job brings it in.</summary>
    [JsonStringEnumMemberName("downloading")] Downloading,

    /// <summary>Here, every byte proven.</summary>
    [JsonStringEnumMemberName("downloaded")] Downloaded,

    /// <summary>A runtime takes it into memory.</summary>
    [JsonStringEnumMemberName("loading")] Loading,

    /// <summary>In memory.</summary>
    [JsonStringEnumMemberName("loaded")] Loaded,

    /// <summary>The download or the load failed, or the loaded model does.</summary>
    [JsonStringEnumMemberName("error")] Error,
}
