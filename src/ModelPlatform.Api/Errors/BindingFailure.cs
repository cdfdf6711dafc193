using System.Text.Json;
using System.Text.RegularExpressions;

namespace ModelPlatform.Api.Errors;

/// <summary>Finds out which field of a request could not be read, from what the framework says about it.</summary>
internal static partial class BindingFailure
{
    private const string WholeBody = "body";

    public static ProblemResult ToProblem(BadHttpRequestException failure)
    {
        if (failure.StatusCode is StatusCodes.Status415UnsupportedMediaType)
        {
            return ErrorStatus.ForStatus(failure.StatusCode).ToProblem();
        }

        if (failure.StatusCode is StatusCodes.Status413PayloadTooLarge)
        {
            return FieldErrors.Of(WholeBody, "The body is larger than the limit.");
        }

        if (failure.InnerException is JsonException json)
        {
            return FromJson(json);
        }

        var match = ParameterPattern().Match(failure.Message);
        if (!match.Success)
        {
            return FieldErrors.Of(WholeBody, failure.InnerException is null ? "The body is missing or malformed." : "The body could not be read.");
        }

        var field = match.Groups["name"].Value;
        return failure.Message.StartsWith("Failed to bind", StringComparison.Ordinal)
            ? FieldErrors.Of(field, $"{field} is malformed.")
            : failure.Message.Contains("not provided", StringComparison.Ordinal) && !failure.Message.Contains("body", StringComparison.Ordinal)
                ? FieldErrors.Of(field, $"{field} is required.")
                : FieldErrors.Of(WholeBody, "The body is missing or malformed.");
    }

    public static ProblemResult FromJson(JsonException json)
    {
        var field = json.Path is null or "$" or "" ? WholeBody : json.Path.StartsWith("$.", StringComparison.Ordinal) ? json.Path[2..] : json.Path;
        var missing = MissingPattern().Match(json.Message);
        if (missing.Success)
        {
            var errors = new FieldErrors();
            foreach (Match name in QuotedPattern().Matches(missing.Groups["names"].Value))
            {
                errors.Add(name.Groups[1].Value, $"{name.Groups[1].Value} is required.");
            }

            return errors.ToProblem();
        }

        var duplicate = DuplicatePattern().Match(json.Message);
        return duplicate.Success ? FieldErrors.Of(duplicate.Groups[1].Value, $"{duplicate.Groups[1].Value} is given twice.")
            : field == WholeBody ? FieldErrors.Of(WholeBody, "The body is not the JSON expected here.")
            : FieldErrors.Of(field, $"{field} is malformed or of the wrong type.");
    }

    [GeneratedRegex("""parameter "(?:[^"]*\s)?(?<name>\w+)(?:\s=[^"]*)?["]""")]
    private static partial Regex ParameterPattern();

    [GeneratedRegex("missing required properties including: (?<names>.+)$", RegexOptions.Singleline)]
    private static partial Regex MissingPattern();

    [GeneratedRegex("'([^']+)'")]
    private static partial Regex QuotedPattern();

    [GeneratedRegex("Duplicate property '([^']+)'")]
    private static partial Regex DuplicatePattern();
}
