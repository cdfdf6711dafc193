using ModelPlatform.Plugins.IpfsGateway.Cids;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.IpfsGateway.Gateways;

/// <summary>Gets each block from the first gateway that gives it rightly: one that fails, lacks it or lies costs a request, not the file.</summary>
internal sealed class GatewayBlocks(SourceContext context, IpfsGatewayOptions options) : IBlocks
{
    private const int Rounds = 2;

    private readonly Gateway[] gateways = [.. options.Gateways.Select(address => new Gateway(address, context.Time))];
    private readonly GatewayClient client = new(context);

    public GatewayClient Client => client;

    /// <summary>All gateways, those that behave first, in the configured order.</summary>
    public IReadOnlyList<Gateway> InOrder() => [.. gateways.OrderBy(gateway => gateway.Rank)];

    public async ValueTask<Result<Block>> GetAsync(Cid cid, CancellationToken cancellationToken)
    {
        if (cid.Inline is { } inline)
        {
            return Block.Copy(inline);
        }

        var errors = new List<PlatformError>();
        for (var round = 0; ; round++)
        {
            foreach (var gateway in InOrder())
            {
                var result = await AskAsync(gateway, cid, cancellationToken);
                if (result.IsSuccess)
                {
                    gateway.Praise();
                    return result;
                }

                Judge(gateway, result.Error);
                errors.Add(result.Error);
            }

            if (round + 1 == Rounds || !errors.Exists(error => error.IsRetryable || error.Code == ErrorCode.IntegrityFailed))
            {
                return Conclude(cid, errors);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(500), context.Time, cancellationToken);
        }
    }

    /// <summary>Remembers a gateway's failure.</summary>
    public void Judge(Gateway gateway, PlatformError error)
    {
        if (error.Code == ErrorCode.IntegrityFailed)
        {
            gateway.Distrust();
            context.Log(SourceLogLevel.Warning, $"An IPFS gateway sent wrong bytes and comes last from now on. {error.Message}");
        }
        else if (error.IsRetryable)
        {
            gateway.Rest(error.RetryAfter);
            context.Log(SourceLogLevel.Debug, $"An IPFS gateway failed, others are asked first. {error.Message}");
        }
    }

    private async ValueTask<Result<Block>> AskAsync(Gateway gateway, Cid cid, CancellationToken cancellationToken)
    {
        if (options.Mode == BlockForm.Car || (options.Mode == BlockForm.Automatic && !gateway.GivesSingleBlocks))
        {
            return await client.GetInCarAsync(gateway, cid, cancellationToken);
        }

        var result = await client.GetRawAsync(gateway, cid, cancellationToken);
        if (result.IsSuccess || options.Mode == BlockForm.Raw || result.Error.Code != ErrorCode.InvalidRequest)
        {
            return result;
        }

        var inCar = await client.GetInCarAsync(gateway, cid, cancellationToken);
        if (inCar.IsSuccess)
        {
            gateway.GivesSingleBlocks = false;
        }

        return inCar;
    }

    private PlatformError Conclude(Cid cid, List<PlatformError> errors)
    {
        var told = string.Join(" ", errors.Select(error => error.Message).Distinct(StringComparer.Ordinal));
        if (errors.Find(error => error.IsRetryable) is { } passing)
        {
            return passing with { Message = $"No IPFS gateway gave the block {cid} now. {told}" };
        }

        if (errors.Find(error => error.Code == ErrorCode.IntegrityFailed) is not null)
        {
            return new PlatformError(ErrorCode.IntegrityFailed, $"No IPFS gateway gave the right bytes for the block {cid}. {told}");
        }

        return errors.TrueForAll(error => error.Code == ErrorCode.ModelNotFound)
            ? new PlatformError(ErrorCode.ModelNotFound, $"None of {gateways.Length} IPFS gateways has the block {cid}. Check the CID, or add a gateway that has it (Sources:IpfsGateway:Gateways:0). {told}")
            : errors[0] with { Code = errors[0].Code == ErrorCode.InvalidRequest ? ErrorCode.SourceServerError : errors[0].Code, Message = $"No IPFS gateway gave the block {cid}. {told}" };
    }
}
