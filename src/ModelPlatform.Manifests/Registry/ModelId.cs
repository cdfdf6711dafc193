using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace ModelPlatform.Registry;

/// <summary>A model's identity, <c>name:version</c>. The rules of names, versions, reserved words and aliases are owned here and nowhere else.</summary>
/// <param name="Name">One or two segments <c>[A-Za-z0-9][A-Za-z0-9._-]{0,95}</c> joined by <c>/</c>.</param>
/// <param name="Version"><c>[A-Za-z0-9_][A-Za-z0-9._-]{0,127}</c>.</param>
public readonly partial record struct ModelId(string Name, string Version)
{
    /// <summary>The version a model gets that is written without one.</summary>
    public const string DefaultVersion = "v1";

    /// <summary>First segments that are routes of the API, never names.</summary>
    private static readonly HashSet<string> ReservedFirstSegments = new(StringComparer.OrdinalIgnoreCase)
    {
        "manifests", "catalog", "_catalog", "chunks", "models", "documents", "sync", "trust", "select", "log", "v1", "v2", "api", "hf", "datasets", "spaces",
        "hangfire", "scalar", "openapi", "health", "alive", "metrics",
        "InspectModel", "FetchModel", "ModelFetchJob", "ModelFetchJobs", "ModelList", "UploadModelBlob", "WorkerControl",
    };

    /// <summary>Second segments that are sub-resources of a model, never part of a name.</summary>
    private static readonly HashSet<string> ReservedSecondSegments = new(StringComparer.OrdinalIgnoreCase)
    {
        "load", "unload", "reload", "reset", "config", "health", "infer", "pin", "aliases", "tags", "artifacts", "proof", "verification",
    };

    /// <summary>Reads <c>name[:version]</c> for writing: a version left out is <see cref="DefaultVersion"/>.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ModelId id)
    {
        id = default;
        if (!ModelReference.TryParse(text, out var reference) || reference.Alias is not null)
        {
            return false;
        }

        id = new ModelId(reference.Name, reference.Version ?? DefaultVersion);
        return true;
    }

    /// <summary>Whether a name may be used for a model.</summary>
    public static bool IsValidName([NotNullWhen(true)] string? name)
    {
        if (name is null || !NamePattern().IsMatch(name))
        {
            return false;
        }

        var slash = name.IndexOf('/');
        return slash < 0
            ? !ReservedFirstSegments.Contains(name)
            : !ReservedFirstSegments.Contains(name[..slash]) && !ReservedSecondSegments.Contains(name[(slash + 1)..]);
    }

    /// <summary>Whether a version may be used.</summary>
    public static bool IsValidVersion([NotNullWhen(true)] string? version) => version is not null && VersionPattern().IsMatch(version);

    /// <summary>Whether a path segment after a name is a sub-resource of the model, and so never the second segment of the name.</summary>
    public static bool IsSubResource(string segment) => ReservedSecondSegments.Contains(segment);

    /// <summary><c>name:version</c>.</summary>
    public override string ToString() => $"{Name}:{Version}";

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,95}(/[A-Za-z0-9][A-Za-z0-9._-]{0,95})?\z", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"\A[A-Za-z0-9_][A-Za-z0-9._-]{0,127}\z", RegexOptions.CultureInvariant)]
    private static partial Regex VersionPattern();
}
