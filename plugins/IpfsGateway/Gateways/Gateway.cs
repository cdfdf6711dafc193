namespace ModelPlatform.Plugins.IpfsGateway.Gateways;

/// <summary>One gateway and what is known of its manners.</summary>
internal sealed class Gateway(Uri address, TimeProvider time)
{
    private static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Banishment = TimeSpan.FromMinutes(10);

    private readonly Lock gate = new();
    private DateTimeOffset restsUntil = DateTimeOffset.MinValue;
    private DateTimeOffset distrustedUntil = DateTimeOffset.MinValue;
    private int failures;

    /// <summary>Scheme, host and port, for messages and as the trusted origin.</summary>
    public string Name { get; } = address.GetLeftPart(UriPartial.Authority);

    public Uri Origin { get; } = new(address.GetLeftPart(UriPartial.Authority));

    /// <summary>Whether it answers <c>format=raw</c>; learnt from its refusals.</summary>
    public bool GivesSingleBlocks { get; set; } = true;

    /// <summary>0 where it can be asked now, 1 where it rests after failures, 2 where it has sent wrong bytes.</summary>
    public int Rank
    {
        get
        {
            lock (gate)
            {
                var now = time.GetUtcNow();
                return now < distrustedUntil ? 2 : now < restsUntil ? 1 : 0;
            }
        }
    }

    public Uri At(string pathAndQuery) => new(address.AbsoluteUri.TrimEnd('/') + pathAndQuery);

    /// <summary>It answered as it should.</summary>
    public void Praise()
    {
        lock (gate)
        {
            failures = 0;
        }
    }

    /// <summary>It failed, or asked for a rest: others first for a while.</summary>
    public void Rest(TimeSpan? asked)
    {
        lock (gate)
        {
            var rest = asked ?? TimeSpan.FromSeconds(Math.Min(LongestRest.TotalSeconds, Math.Pow(2, Math.Min(failures++, 10))));
            restsUntil = time.GetUtcNow() + rest;
        }
    }

    /// <summary>It sent bytes that are not those asked for: it comes last for a good while.</summary>
    public void Distrust()
    {
        lock (gate)
        {
            distrustedUntil = time.GetUtcNow() + Banishment;
        }
    }
}
