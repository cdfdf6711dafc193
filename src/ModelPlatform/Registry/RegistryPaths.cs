namespace ModelPlatform.Registry;

/// <summary>Where the registry's records lie. A name's slash is written <c>~</c>, which no name can hold.</summary>
/// <remarks>
/// <code>
/// manifests/models/{name}/{version}/manifest.json          immutable; its creation is the publication
/// manifests/models/{name}/{version}/card.{manifest}.json   what may change, bound to one manifest by its hash: losers of a race cannot touch the winner's
/// manifests/models/{name}/{version}/chunks.{manifest}.json the chunks once more, for the day on which the manifest cannot be read
/// manifests/names/{lower-case name}.json                   the spelling in use
/// manifests/aliases/{name}.json                            alias → version
/// manifests/registered/{name}/{version}.json               announced before download
/// </code>
/// </remarks>
internal static class RegistryPaths
{
    public const string Models = "manifests/models/";
    public const string Registered = "manifests/registered/";

    private const string ManifestFile = "manifest.json";
    private const string ChunksFile = "chunks.";

    public static string Versions(string name) => $"{Models}{Encode(name)}/";

    public static string Version(ModelId id) => $"{Versions(id.Name)}{id.Version}/";

    public static string Manifest(ModelId id) => $"{Version(id)}{ManifestFile}";

    public static string Card(ModelId id, string manifestETag) => $"{Version(id)}card.{manifestETag[..32]}.json";

    public static string Chunks(ModelId id, string manifestETag) => $"{Version(id)}{ChunksFile}{manifestETag[..32]}.json";

    /// <summary>Whether a path is that of a version's list of chunks.</summary>
    public static bool IsChunks(string path) => path.AsSpan(path.LastIndexOf('/') + 1).StartsWith(ChunksFile);

    public static string NameInUse(string name) => $"manifests/names/{Encode(name).ToLowerInvariant()}.json";

    public static string Aliases(string name) => $"manifests/aliases/{Encode(name)}.json";

    public static string Registrations(string name) => $"{Registered}{Encode(name)}/";

    public static string Registration(ModelId id) => $"{Registered}{Encode(id.Name)}/{id.Version}.json";

    /// <summary>The identity whose manifest lies at a path; null where the path is not a manifest's.</summary>
    public static ModelId? IdOfManifest(string path) =>
        path.EndsWith($"/{ManifestFile}", StringComparison.Ordinal) ? IdOf(path[Models.Length..^(ManifestFile.Length + 1)]) : null;

    /// <summary>The identity whose registration lies at a path.</summary>
    public static ModelId? IdOfRegistration(string path) => IdOf(path[Registered.Length..^".json".Length]);

    private static ModelId? IdOf(string nameAndVersion) => nameAndVersion.Split('/') is [var name, var version]
        && ModelId.TryParse($"{name.Replace('~', '/')}:{version}", out var id) ? id : null;

    private static string Encode(string name) => name.Replace('/', '~');
}
