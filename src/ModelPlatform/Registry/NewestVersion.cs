namespace ModelPlatform.Registry;

/// <summary>Which of a model's versions a reader gets who names none.</summary>
internal static class NewestVersion
{
    /// <summary>The highest in semver order where all versions parse, else the one published last; equal ones by ordinal order.</summary>
    public static T? Of<T>(IReadOnlyCollection<T> candidates, Func<T, string> version, Func<T, DateTimeOffset> publishedAt)
        where T : class
    {
        var parsed = candidates.Select(candidate => (Candidate: candidate, Parses: SemanticVersion.TryParse(version(candidate), out var semantic), Semantic: semantic)).ToList();
        return parsed.TrueForAll(item => item.Parses)
            ? parsed.OrderBy(item => item.Semantic).ThenBy(item => version(item.Candidate), StringComparer.Ordinal).LastOrDefault().Candidate
            : candidates.OrderBy(publishedAt).ThenBy(version, StringComparer.Ordinal).LastOrDefault();
    }
}
