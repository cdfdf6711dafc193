using Microsoft.Extensions.Logging;

namespace ModelPlatform.Plugins.Outbound;

internal sealed partial class OutboundHttp
{
    [LoggerMessage(5061, LogLevel.Warning, "Refused an outgoing request to {Hop}: {Reason}")]
    private partial void LogRefused(string hop, string reason);
}
