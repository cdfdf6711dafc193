namespace ModelPlatform.Registry;

/// <summary>How capabilities rank: the lowest number first.</summary>
public static class CapabilityPriority
{
    /// <summary>What a capability that is not listed has.</summary>
    public const int Other = 10;

    /// <summary>embed 1, retrieve 2, generate 3, code 4, multilingual 5, any other 10.</summary>
    public static int Of(string capability) => capability switch
    {
        "embed" => 1,
        "retrieve" => 2,
        "generate" => 3,
        "code" => 4,
        "multilingual" => 5,
        _ => Other,
    };

    /// <summary>The best rank among capabilities.</summary>
    public static int Of(IEnumerable<string> capabilities) => capabilities.Select(Of).DefaultIfEmpty(Other).Min();
}
