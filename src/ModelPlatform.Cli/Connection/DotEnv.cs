namespace ModelPlatform.Cli.Connection;

/// <summary>Reads a <c>.env</c> file: <c>NAME=value</c> a line, <c>#</c> comments, <c>export</c> and quotes allowed. Nothing is expanded.</summary>
internal static class DotEnv
{
    public static IReadOnlyDictionary<string, string> Read(string path)
    {
        try
        {
            return File.Exists(path) ? Parse(File.ReadLines(path)) : new Dictionary<string, string>();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A file that is not ours to read is no file of ours.
            return new Dictionary<string, string>();
        }
    }

    public static IReadOnlyDictionary<string, string> Parse(IEnumerable<string> lines)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var raw in lines)
        {
            var line = raw.Trim();
            line = line.StartsWith("export ", StringComparison.Ordinal) ? line["export ".Length..].TrimStart() : line;
            var equals = line.IndexOf('=');
            if (equals <= 0 || line[0] == '#')
            {
                continue;
            }

            var value = line[(equals + 1)..].Trim();
            if (value.Length >= 2 && value[0] is '"' or '\'' && value[^1] == value[0])
            {
                value = value[1..^1];
            }
            else if (value.IndexOf(" #", StringComparison.Ordinal) is >= 0 and var comment)
            {
                value = value[..comment].TrimEnd();
            }

            values[line[..equals].Trim()] = value;
        }

        return values;
    }
}
