namespace Aspire.Hosting.ApplicationModel;

/// <summary>A value the one who deploys gives.</summary>
public class ParameterResource : Resource, IManifestExpressionProvider, IValueProvider
{
    private readonly Func<string?> value;

    internal ParameterResource(string name, bool secret, bool generated, Func<string?> value)
        : base(name)
    {
        this.value = value;
        Secret = secret;
        IsGenerated = generated;
    }

    /// <summary>Whether it is a secret.</summary>
    public bool Secret { get; }

    internal bool IsGenerated { get; }

    /// <inheritdoc/>
    public string ValueExpression => $"{{{Name}.value}}";

    /// <inheritdoc/>
    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult<string?>(value() ?? throw new DistributedApplicationException($"parameter '{Name}' has no value: set Parameters__{Name.Replace('-', '_')}"));
}
