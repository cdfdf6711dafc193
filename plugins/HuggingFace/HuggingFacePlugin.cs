using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.HuggingFace;

/// <summary>Provides <c>huggingface</c>: models and data sets of the Hugging Face Hub, or of whatever speaks its protocol.</summary>
public sealed class HuggingFacePlugin : ISourcePlugin
{
    /// <inheritdoc/>
    public IReadOnlyDictionary<string, ISource> CreateSources(SourceContext context)
    {
        if (!HuggingFaceOptions.Read(context).TryGet(out var options, out var error))
        {
            throw new PlatformException(error);
        }

        return new Dictionary<string, ISource>(StringComparer.Ordinal) { ["huggingface"] = new HuggingFaceSource(context, options) };
    }
}
