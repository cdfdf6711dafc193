namespace ModelPlatform.Sources.Runtimes;

/// <summary>The entry point of a plugin assembly that brings runtimes; the same class may be an <see cref="ISourcePlugin"/> too.</summary>
public interface IRuntimePlugin
{
    /// <summary>Creates the runtimes this plugin provides, once each time the plugin is loaded, and only in the process that loads models.</summary>
    /// <param name="context">What the host gives: settings, time, log.</param>
    /// <returns>Runtimes by the name a configuration gives in <c>runtime</c>, lower case, for example <c>onnx</c>.</returns>
    IReadOnlyDictionary<string, IModelRuntime> CreateRuntimes(SourceContext context);
}
