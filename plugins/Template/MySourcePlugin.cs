using ModelPlatform.Sources;

namespace MySource;

/// <summary>The entry point: the host creates it once each time the plugin is loaded.</summary>
public sealed class MySourcePlugin : ISourcePlugin
{
    public IReadOnlyDictionary<string, ISource> CreateSources(SourceContext context)
    {
        // Settings come from Sources:MySource, for example the environment variable Sources__MySource__Greeting.
        var greeting = context.Settings.TryGetValue("Greeting", out var configured) ? configured : "hello";
        return new Dictionary<string, ISource> { ["mysource"] = new GreetingSource(greeting) };
    }
}
