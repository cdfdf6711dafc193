namespace ModelPlatform.Sources;

/// <summary>Carries a <see cref="PlatformError"/> where no result can be returned: out of a <see cref="Stream"/> in the middle of a body.</summary>
public sealed class PlatformException(PlatformError error, Exception? innerException = null) : Exception(error.Message, innerException)
{
    /// <summary>The failure.</summary>
    public PlatformError Error { get; } = error;
}
