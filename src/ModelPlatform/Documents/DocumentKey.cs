using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace ModelPlatform.Documents;

/// <summary>Where a document stands: a collection and an id in it. The rules of their names are owned here.</summary>
/// <param name="Collection"><c>[A-Za-z0-9][A-Za-z0-9._-]{0,95}</c>.</param>
/// <param name="Id">For example <c>org/name:v1</c>: up to 150 of <c>A-Z a-z 0-9 . _ : @ / + -</c>.</param>
public readonly partial record struct DocumentKey(string Collection, string Id)
{
    /// <summary>A field that cannot be used: it is the address of the whole document.</summary>
    public const string ReservedField = "document";

    /// <summary>Reads a key.</summary>
    public static bool TryCreate([NotNullWhen(true)] string? collection, [NotNullWhen(true)] string? id, out DocumentKey key)
    {
        key = new DocumentKey(collection ?? string.Empty, id ?? string.Empty);
        return IsValidName(collection) && id is not null && IdPattern().IsMatch(id);
    }

    /// <summary>Whether a collection or a field may have a name.</summary>
    public static bool IsValidName([NotNullWhen(true)] string? name) => name is not null && NamePattern().IsMatch(name);

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,95}\z", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"\A(?!.*(\.\.|//))[A-Za-z0-9][A-Za-z0-9._:@/+-]{0,149}\z", RegexOptions.CultureInvariant)]
    private static partial Regex IdPattern();
}
