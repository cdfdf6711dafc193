using ModelPlatform.Plugins.IpfsGateway.Cids;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.IpfsGateway.Gateways;

/// <summary>Where blocks come from. Whatever it gives has been checked against its identifier.</summary>
internal interface IBlocks
{
    /// <summary>Gets one block; the caller disposes it.</summary>
    ValueTask<Result<Block>> GetAsync(Cid cid, CancellationToken cancellationToken);
}
