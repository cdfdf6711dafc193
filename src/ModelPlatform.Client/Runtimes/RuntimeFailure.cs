namespace ModelPlatform.Client.Runtimes;

/// <summary>Why a model is in error.</summary>
public sealed record RuntimeFailure
{
    /// <summary>One of <see cref="Connection.ProblemCode"/>.</summary>
    public string Code { get; init; } = "";

    /// <summary>A sentence.</summary>
    public string Error { get; init; } = "";

    /// <summary>When, UTC.</summary>
    public DateTimeOffset At { get; init; }
}
