using Aspire.Hosting;

namespace ModelPlatform.LocalHosting.Running;

/// <summary>The command line: how azd asks for the manifest, and settings written <c>--Section:Key=value</c> or <c>--Section:Key value</c>.</summary>
internal sealed record Arguments(string? ManifestPath, IReadOnlyDictionary<string, string?> Settings)
{
    public static Arguments Parse(string[] args)
    {
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < args.Length; i++)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal))
            {
                throw new DistributedApplicationException($"'{args[i]}' is not understood");
            }

            var (name, value) = args[i][2..].Split('=', 2) is [var left, var right] ? (left, right) : (args[i][2..], i + 1 < args.Length ? args[++i] : null);
            settings[name] = value ?? throw new DistributedApplicationException($"--{name} needs a value");
        }

        string[] known = ["publisher", "output-path", "operation"];
        if (settings.Keys.FirstOrDefault(key => !key.Contains(':', StringComparison.Ordinal) && !known.Contains(key)) is { } unknown)
        {
            throw new DistributedApplicationException($"--{unknown} is not known");
        }

        var publisher = settings.GetValueOrDefault("publisher");
        return publisher switch
        {
            null when settings.GetValueOrDefault("operation") is null or "run" => new Arguments(null, settings),
            "manifest" => new Arguments(Path.GetFullPath(settings.GetValueOrDefault("output-path") ?? "aspire-manifest.json"), settings),
            _ => throw new DistributedApplicationException($"local hosting publishes the manifest only (--publisher manifest), not '{publisher ?? settings["operation"]}'"),
        };
    }
}
