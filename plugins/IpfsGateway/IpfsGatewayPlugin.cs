using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.IpfsGateway;

/// <summary>Provides <c>ipfs</c>: files and directories by their content identifiers, from gateways that need not be trusted.</summary>
public sealed class IpfsGatewayPlugin : ISourcePlugin
{
    /// <inheritdoc/>
    public IReadOnlyDictionary<string, ISource> CreateSources(SourceContext context)
    {
        if (!IpfsGatewayOptions.Read(context).TryGet(out var options, out var error))
        {
            throw new PlatformException(error);
        }

        return new Dictionary<string, ISource>(StringComparer.Ordinal) { ["ipfs"] = new IpfsSource(context, options) };
    }
}
