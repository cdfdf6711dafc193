namespace ModelPlatform.Dashboard.Components.Controls;

/// <summary>Addresses of pages.</summary>
internal static class Links
{
    public static string Model(string id) => $"/models/{string.Join('/', id.Split('/').Select(Uri.EscapeDataString)).Replace("%3A", ":", StringComparison.Ordinal)}";
}
