namespace ModelPlatform.Cli.Connection;

/// <summary>Which platform, and the token for it: a flag counts before the environment, that before <c>.env</c>, that before the default.</summary>
internal sealed record Target(Uri Address, string? Token)
{
    private static readonly string[] AddressNames = ["MODELPLATFORM_URL", "HARPER_URL", "CLI_TARGET_URL"];

    /// <returns>Null where an address is given that is none.</returns>
    public static Target? Find(string? url, string? token, Func<string, string?> environment, IReadOnlyDictionary<string, string> dotEnv)
    {
        var address = url ?? First(environment) ?? First(name => dotEnv.GetValueOrDefault(name)) ?? Client.ModelPlatformClient.DefaultAddress.AbsoluteUri;
        return Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? new Target(uri, Given(token) ?? Given(environment("MODEL_FETCH_TOKEN")) ?? Given(dotEnv.GetValueOrDefault("MODEL_FETCH_TOKEN")))
            : null;
    }

    private static string? First(Func<string, string?> look) => AddressNames.Select(look).FirstOrDefault(value => !string.IsNullOrEmpty(value));

    private static string? Given(string? value) => string.IsNullOrEmpty(value) ? null : value;
}
