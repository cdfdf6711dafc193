namespace ModelPlatform.Sources;

/// <summary>The entry point of a plugin assembly: one public class with a parameterless constructor implements it.</summary>
public interface ISourcePlugin
{
    /// <summary>Creates the sources this plugin provides, once each time the plugin is loaded.</summary>
    /// <param name="context">What the host gives: settings, HTTP, time, log.</param>
    /// <returns>Sources by the name callers give in <c>source</c>, lower case, for example <c>huggingface</c>.</returns>
    IReadOnlyDictionary<string, ISource> CreateSources(SourceContext context);
}
