using Aspire.Hosting;
using Aspire.StackExchange.Redis;

namespace ModelPlatform.FunctionalTests.Hosting;

/// <summary>
/// AppHost.cs and the services compile against Aspire's packages as well, so what stands in for them must have their members.
/// aspire-members.txt was written from Aspire 13.6.5 itself; the Azure lines, whose packages are not served everywhere, from its public API listing.
/// </summary>
public sealed class StandInTests
{
    private static readonly string[] Namespaces =
        ["Aspire.Hosting", "Aspire.Hosting.ApplicationModel", "Aspire.Hosting.Azure", "Aspire.StackExchange.Redis", "Aspire.Azure.Storage.Blobs", "Microsoft.Extensions.Hosting"];

    /// <summary>The stand-in's own, which only its generated classes and the services' own code use.</summary>
    private static readonly string[] Own =
        ["Aspire.Hosting.IBuiltProject.", "Microsoft.Extensions.Hosting.HealthEndpoints.", "Microsoft.Extensions.Hosting.ServiceDefaults.", "Microsoft.Extensions.Hosting.ServiceHost.", "Microsoft.Extensions.Hosting.StoreClients."];

    [Fact]
    public void Members_OfTheStandIn_AreThoseOfAspire()
    {
        var aspire = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Hosting", "aspire-members.txt"));
        var ours = Signatures.Of(typeof(DistributedApplication).Assembly, Namespaces)
            .Concat(Signatures.Of(typeof(StackExchangeRedisSettings).Assembly, Namespaces))
            .Where(line => !Own.Any(own => line.Contains(own, StringComparison.Ordinal)))
            .ToList();

        Assert.Empty(aspire.Except(ours));
        Assert.Empty(ours.Except(aspire));
    }
}
