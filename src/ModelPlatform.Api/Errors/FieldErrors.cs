using System.Diagnostics.CodeAnalysis;
using ModelPlatform.Sources;

namespace ModelPlatform.Api.Errors;

/// <summary>Collects what is wrong with a request, field by field, so that a caller hears of everything at once.</summary>
internal sealed class FieldErrors
{
    private readonly Dictionary<string, List<string>> byField = new(StringComparer.Ordinal);

    /// <summary>Whether anything is wrong.</summary>
    public bool Any => byField.Count > 0;

    /// <summary>A problem with one field.</summary>
    public static ProblemResult Of(string field, string message)
    {
        var errors = new FieldErrors();
        errors.Add(field, message);
        return errors.ToProblem();
    }

    /// <summary>Notes what is wrong with a field, by its name on the wire.</summary>
    public void Add(string field, string message)
    {
        if (!byField.TryGetValue(field, out var messages))
        {
            byField[field] = messages = [];
        }

        messages.Add(message);
    }

    /// <summary>Notes that a field is missing where it is null or blank.</summary>
    /// <returns>Whether it is there.</returns>
    public bool Require(string field, [NotNullWhen(true)] string? value)
    {
        if (!string.IsNullOrWhiteSpace(value))
        {
            return true;
        }

        Add(field, $"{field} is required.");
        return false;
    }

    /// <summary>INVALID_REQUEST with all that was collected.</summary>
    public ProblemResult ToProblem() => new(
        new PlatformError(ErrorCode.InvalidRequest, $"Invalid request: {string.Join(" ", byField.Values.SelectMany(messages => messages))}"),
        byField.ToDictionary(pair => pair.Key, pair => pair.Value.ToArray(), StringComparer.Ordinal));
}
