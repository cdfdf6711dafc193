namespace ModelPlatform.Dashboard.Platform;

/// <summary>Where the platform is: for this process, and for the links a person follows.</summary>
/// <param name="Service">What requests are sent to; a service name where discovery knows it.</param>
/// <param name="Public">What a browser or a shell can use.</param>
internal sealed record PlatformAddress(Uri Service, Uri Public)
{
    public static PlatformAddress From(IConfiguration configuration)
    {
        var discovered = configuration["services:api:https:0"] ?? configuration["services:api:http:0"];
        var stated = configuration["MODELPLATFORM_URL"];
        var service = discovered is not null ? "http://api" : stated ?? Client.ModelPlatformClient.DefaultAddress.AbsoluteUri;
        var visible = configuration["PublicUrl"] is { Length: > 0 } url ? url : stated ?? discovered ?? service;
        return new PlatformAddress(new Uri(service), new Uri(visible));
    }

    /// <summary>An address below the public one.</summary>
    public string Link(string path) => $"{Public.AbsoluteUri.TrimEnd('/')}/{path.TrimStart('/')}";
}
