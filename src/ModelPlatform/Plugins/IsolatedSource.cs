using ModelPlatform.Sources;

namespace ModelPlatform.Plugins;

/// <summary>A plugin's source as the rest of the platform sees it: it neither throws nor hangs, and hands out nothing whose type the plugin defines.</summary>
internal sealed class IsolatedSource(string name, ISource source, IsolatedCall calls, PluginLimits limits, TimeProvider time) : ISource
{
    private ISource? inner = source;

    public string Name { get; } = name;

    public async ValueTask<Result<SourceInspection>> InspectAsync(SourceReference reference, CancellationToken cancellationToken)
    {
        var result = await calls.RunAsync($"inspecting with {Name}", limits.Operation, token => Inner.InspectAsync(reference, token), cancellationToken);
        return result.TryGet(out var inspection, out var error) ? InspectionRule.Check(inspection, Name, calls) : error;
    }

    public async ValueTask<Result<SourceContent>> OpenAsync(SourceFile file, SourceRange range, CancellationToken cancellationToken)
    {
        var operation = $"opening a file with {Name}";
        var result = await calls.RunAsync(operation, limits.Operation, token => Inner.OpenAsync(file, range, token), cancellationToken);
        if (!result.TryGet(out var content, out var error))
        {
            return error;
        }

        var body = new IsolatedStream(content, calls, limits, time, $"reading with {Name}");
        if ((content.Offset != range.Offset && content.Offset != 0) || content.Length < 0 || content.TotalSize < 0 || content.Body is null)
        {
            await body.DisposeAsync();
            return calls.Fail(operation, "answered with an impossible offset or length");
        }

        return new SourceContent(body, content.Offset)
        {
            Length = content.Length,
            IsEndCertain = content.IsEndCertain,
            TotalSize = content.TotalSize,
            Validator = content.Validator,
            Sha256 = content.Sha256,
            Provider = content.Provider is { Length: <= 96 } provider ? provider : null,
        };
    }

    public ValueTask<SourceHealth> CheckHealthAsync(CancellationToken cancellationToken) => CheckHealthAsync(limits.Health, cancellationToken);

    public async ValueTask<SourceHealth> CheckHealthAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        var result = await calls.RunAsync<SourceHealth>($"the health check of {Name}", limit, async token => await Inner.CheckHealthAsync(token), cancellationToken);
        return result.TryGet(out var health, out var error) ? health : new SourceHealth(false, error.Message);
    }

    /// <summary>Ends the plugin's own source and lets go of it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref inner, null) is { } source)
        {
            await calls.RunAsync<bool>($"ending {Name}", limits.Load, async _ =>
            {
                await source.DisposeAsync();
                return true;
            }, CancellationToken.None);
        }
    }

    private ISource Inner => Volatile.Read(ref inner) ?? throw new PlatformException(new PlatformError(ErrorCode.InvalidSource, $"The source {Name} was unloaded."));
}
