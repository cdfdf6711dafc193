namespace ModelPlatform.Tests.Documents;

/// <summary>The real clock, moved.</summary>
internal sealed class MovableTime : TimeProvider
{
    private TimeSpan moved;

    public void Move(TimeSpan by) => moved += by;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + moved;

    public override long GetTimestamp() => System.GetTimestamp() + (long)(moved.TotalSeconds * TimestampFrequency);
}
