namespace ModelPlatform.Sources.Runtimes;

/// <summary>How a loaded model does.</summary>
public enum ModelHealth
{
    /// <summary>Not loaded, or not checked yet.</summary>
    Unknown = 0,

    /// <summary>It answers rightly and in time.</summary>
    Healthy,

    /// <summary>It answers, but slowly, or fails now and then.</summary>
    Degraded,

    /// <summary>It fails.</summary>
    Unhealthy,
}
