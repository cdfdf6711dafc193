namespace ModelPlatform.FunctionalTests.Platform;

/// <summary>How a test wants the platform started.</summary>
public sealed record PlatformOptions
{
    /// <summary>Beyond <c>--data</c>, the ports and <c>--no-sample</c>.</summary>
    public string[] Arguments { get; init; } = [];

    /// <summary>Variables of the AppHost, which its services inherit.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether the first run fetches the sample model.</summary>
    public bool Sample { get; init; }
}
