namespace ModelPlatform.AppHost;

/// <summary>One platform of those started. Several that are started together are sites of each other.</summary>
internal sealed record LaunchedSite(string Name, bool IsAlone, string Data, int ApiPort, int DashboardPort, int? ModelHostPort)
{
    /// <summary>Where the others reach it.</summary>
    public string Url => $"http://localhost:{ApiPort}";

    /// <summary>The name of one of its resources.</summary>
    public string Named(string resource) => IsAlone ? resource : $"{resource}-{Name.ToLowerInvariant()}";

    public string DataDirectory(string name) => Path.Combine(Data, name);
}
