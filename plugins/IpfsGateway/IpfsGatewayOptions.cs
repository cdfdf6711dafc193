using System.Globalization;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.IpfsGateway;

/// <summary>How blocks are asked for.</summary>
internal enum BlockForm
{
    /// <summary>Block by block; where a gateway does not give single blocks, each one inside a CAR.</summary>
    Automatic,

    /// <summary>Block by block only.</summary>
    Raw,

    /// <summary>File contents as one CAR stream, everything else as CARs of one block.</summary>
    Car,
}

/// <summary>Which gateways are asked, and how.</summary>
/// <param name="Gateways">In order of preference; each with a path prefix perhaps, without a trailing slash.</param>
/// <param name="Mode">How blocks are asked for.</param>
/// <param name="Parallelism">Blocks of one file fetched ahead of the reader.</param>
internal sealed record IpfsGatewayOptions(IReadOnlyList<Uri> Gateways, BlockForm Mode, int Parallelism)
{
    // Public gateways that give single blocks to anyone (trustless): https://docs.ipfs.tech/concepts/public-utilities/
    private static readonly string[] PublicGateways = ["https://trustless-gateway.link", "https://ipfs.io", "https://dweb.link"];

    public static Result<IpfsGatewayOptions> Read(SourceContext context)
    {
        var gateways = new SortedDictionary<int, Uri>();
        var (mode, parallelism) = (BlockForm.Automatic, 12);
        foreach (var (key, value) in context.Settings)
        {
            switch (key.ToUpperInvariant())
            {
                case "MODE":
                    if (!Enum.TryParse(value, ignoreCase: true, out mode) || !Enum.IsDefined(mode) || char.IsAsciiDigit(value[0]))
                    {
                        return Invalid("Mode must be automatic, raw or car");
                    }

                    break;
                case "PARALLELISM":
                    if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out parallelism) || parallelism is < 1 or > 64)
                    {
                        return Invalid("Parallelism must be a number from 1 to 64");
                    }

                    break;
                case var name when name.StartsWith("GATEWAYS:", StringComparison.Ordinal) && int.TryParse(name[9..], NumberStyles.None, CultureInfo.InvariantCulture, out var index):
                    if (!Uri.TryCreate(value.Trim().TrimEnd('/'), UriKind.Absolute, out var gateway) || gateway.Scheme is not ("http" or "https")
                        || gateway.UserInfo.Length > 0 || gateway.Query.Length > 0 || gateway.Fragment.Length > 0)
                    {
                        return Invalid($"{key} must be an http or https URL without user information, query or fragment, for example {PublicGateways[0]}");
                    }

                    gateways[index] = gateway;
                    break;
                default:
                    return Invalid($"{key} is not a setting. Known are Gateways:0, Gateways:1 …, Mode and Parallelism");
            }
        }

        return new IpfsGatewayOptions(gateways.Count > 0 ? [.. gateways.Values.Distinct()] : [.. PublicGateways.Select(text => new Uri(text))], mode, parallelism);
    }

    private static PlatformError Invalid(string what) => new(ErrorCode.InvalidRequest, $"Sources:IpfsGateway:{what}.");
}
