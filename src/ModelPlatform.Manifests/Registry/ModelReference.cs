using System.Diagnostics.CodeAnalysis;

namespace ModelPlatform.Registry;

/// <summary>How a reader names a model: <c>name</c> (the newest completed version), <c>name:version</c>, or <c>name@alias</c>.</summary>
/// <param name="Name">The model's name.</param>
/// <param name="Version">The version asked for, if any.</param>
/// <param name="Alias">The alias asked for, if any.</param>
public readonly record struct ModelReference(string Name, string? Version, string? Alias)
{
    /// <summary>Reads any of the three forms.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ModelReference reference)
    {
        reference = default;
        if (text is null)
        {
            return false;
        }

        var separator = text.AsSpan().IndexOfAny(':', '@');
        var name = separator < 0 ? text : text[..separator];
        var rest = separator < 0 ? null : text[(separator + 1)..];
        if (!ModelId.IsValidName(name) || (rest is not null && !ModelId.IsValidVersion(rest)))
        {
            return false;
        }

        reference = rest is not null && text[separator] == '@' ? new(name, null, rest) : new(name, rest, null);
        return true;
    }

    /// <summary>The form it was read from.</summary>
    public override string ToString() => Version is not null ? $"{Name}:{Version}" : Alias is not null ? $"{Name}@{Alias}" : Name;
}
