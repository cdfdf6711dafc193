namespace ModelPlatform.Sources;

/// <summary>How much a log line matters.</summary>
public enum SourceLogLevel
{
    /// <summary>For whoever debugs the plugin.</summary>
    Debug,

    /// <summary>Worth knowing.</summary>
    Information,

    /// <summary>Something an operator may want to change.</summary>
    Warning,

    /// <summary>Something failed.</summary>
    Error,
}
