using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.Outbound;

/// <summary>What one body is held to.</summary>
internal sealed class BodyGuard(string hop, TimeProvider time, OutboundOptions options, TimeSpan? overall, long started)
{
    public TimeProvider Time { get; } = time;

    public TimeSpan Window => options.NoProgressTimeout;

    public int MinimumBytesPerSecond => options.MinimumBytesPerSecond;

    /// <summary>How long the next read may take.</summary>
    public TimeSpan Remaining()
    {
        if (overall is not { } whole)
        {
            return Window;
        }

        var left = whole - Time.GetElapsedTime(started);
        return left < Window ? left : Window;
    }

    public PlatformError TimedOut() => Fail(ErrorCode.NetworkTimeout,
        overall is { } whole && Time.GetElapsedTime(started) >= whole
            ? $"the whole answer did not arrive within {whole.TotalSeconds:0.#} s"
            : $"no byte arrived for {Window.TotalSeconds:0.#} s");

    public PlatformError Fail(ErrorCode code, string what) => new(code, $"{hop}: {what}.");
}
