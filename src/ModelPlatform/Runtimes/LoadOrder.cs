using System.Text.Json.Nodes;
using ModelPlatform.Sources;

namespace ModelPlatform.Runtimes;

/// <summary>What the API asks the model host for.</summary>
public sealed record LoadOrder
{
    /// <summary>Replaces the members it names; those that are null are taken away.</summary>
    public JsonObject? Configuration { get; init; }

    /// <summary>Answer at once and load behind the scenes: what fails is only warned of.</summary>
    public bool Preload { get; init; }

    /// <summary>The model is being downloaded: load it once it is here.</summary>
    public bool WhenDownloaded { get; init; }
}

/// <summary>How the model host says no.</summary>
/// <param name="Code">The error's wire name.</param>
/// <param name="Message">A sentence.</param>
public sealed record HostRefusal(string Code, string Message)
{
    /// <summary>From an error.</summary>
    public static HostRefusal Of(PlatformError error) => new(error.Code.WireName(), error.Message);

    /// <summary>Back to the error.</summary>
    public PlatformError ToError() => new(ErrorCodes.TryParse(Code, out var code) ? code : ErrorCode.InternalError, Message);
}
