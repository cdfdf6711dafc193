using System.Text;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A text with values in it that are known later: while running, or when deployed.</summary>
public sealed class ReferenceExpression : IManifestExpressionProvider, IValueProvider
{
    private readonly object[] parts;

    internal ReferenceExpression(params object[] parts) => this.parts = parts;

    /// <inheritdoc/>
    public string ValueExpression => string.Concat(parts.Select(part => part is IManifestExpressionProvider provider ? provider.ValueExpression : part));

    /// <inheritdoc/>
    public async ValueTask<string?> GetValueAsync(CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        foreach (var part in parts)
        {
            text.Append(part is IValueProvider provider ? await provider.GetValueAsync(cancellationToken) : part);
        }

        return text.ToString();
    }
}

/// <summary>A value that is one thing in the manifest and another while running.</summary>
internal sealed record DualValue(string ValueExpression, Func<CancellationToken, ValueTask<string?>> Value) : IManifestExpressionProvider, IValueProvider
{
    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => Value(cancellationToken);
}
