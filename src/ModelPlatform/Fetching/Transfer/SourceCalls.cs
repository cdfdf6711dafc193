using ModelPlatform.Plugins;
using ModelPlatform.Sources;

namespace ModelPlatform.Fetching.Transfer;

/// <summary>Calls sources of plugins: each call takes the source anew, so that a plugin can be swapped between two, and whatever it throws becomes an error.</summary>
internal sealed class SourceCalls(ISourceCatalog catalog)
{
    /// <summary>Inspects a reference within a time.</summary>
    public async Task<Result<SourceInspection>> InspectAsync(FetchSource source, string? variant, TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!catalog.TryAcquire(source.Source, out var lease))
        {
            return Unknown(source.Source);
        }

        using var span = FetchTelemetry.StartInspect(source.Source);
        using var deadline = new CancellationTokenSource(timeout, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            return await lease.Source.InspectAsync(source.Reference with { Variant = source.Reference.Variant ?? variant }, linked.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new PlatformError(ErrorCode.NetworkTimeout, $"The source '{source.Source}' did not describe '{source.Reference.Reference}' within {timeout.TotalSeconds:0} s.");
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            return Error(source.Source, exception);
        }
        finally
        {
            lease.Dispose();
        }
    }

    /// <summary>Opens a file.</summary>
    /// <exception cref="SourceFailure">It can't be.</exception>
    public async Task<OpenedFile> OpenAsync(string source, SourceFile file, SourceRange range, CancellationToken cancellationToken)
    {
        if (!catalog.TryAcquire(source, out var lease))
        {
            throw SourceFailure.Of(Unknown(source));
        }

        using var detail = FetchTelemetry.StartDetail("open source");
        try
        {
            var opened = await lease.Source.OpenAsync(file, range, cancellationToken);
            return opened.TryGet(out var content, out var error) ? new OpenedFile(lease, content) : throw SourceFailure.Of(error);
        }
        catch (Exception exception)
        {
            lease.Dispose();
            if (exception is SourceFailure or OperationCanceledException && (exception is SourceFailure || cancellationToken.IsCancellationRequested))
            {
                throw;
            }

            throw new SourceFailure(Error(source, exception), Error(source, exception).IsRetryable ? SourceFailureKind.Transient : SourceFailureKind.Permanent, exception);
        }
    }

    /// <summary>What an exception out of a source, or out of its stream, amounts to.</summary>
    public static PlatformError Error(string source, Exception exception) => exception switch
    {
        PlatformException platform => platform.Error,
        IOException or HttpRequestException => new PlatformError(ErrorCode.ConnectionFailed, $"The transfer from the source '{source}' broke."),
        OperationCanceledException or TimeoutException => new PlatformError(ErrorCode.NetworkTimeout, $"The source '{source}' gave up waiting."),
        _ => new PlatformError(ErrorCode.InternalError, $"The plugin of the source '{source}' failed with {exception.GetType().Name}."),
    };

    private PlatformError Unknown(string source) =>
        new(ErrorCode.InvalidSource, $"No active plugin provides the source '{source}'. Active: {string.Join(", ", catalog.Names)}.");
}

/// <summary>A transfer, and the lease on the plugin that carries it.</summary>
internal sealed class OpenedFile(SourceLease lease, SourceContent content) : IAsyncDisposable
{
    public SourceContent Content { get; } = content;

    public async ValueTask DisposeAsync()
    {
        try
        {
            await Content.DisposeAsync();
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException or PlatformException)
        {
            // The transfer is over either way; whether it broke was seen when reading.
        }
        finally
        {
            lease.Dispose();
        }
    }
}
