using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.Outbound;

/// <summary>Carries a failure out of a connect callback, which can only throw.</summary>
internal sealed class OutboundRefusedException(PlatformError error, Exception? innerException = null) : Exception(error.Message, innerException)
{
    public PlatformError Error { get; } = error;
}
