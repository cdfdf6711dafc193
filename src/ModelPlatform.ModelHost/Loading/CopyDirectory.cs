namespace ModelPlatform.ModelHost.Loading;

/// <summary>A directory of copies. Disposing it removes it.</summary>
internal sealed class CopyDirectory(string path, Action removed) : IAsyncDisposable
{
    private Action? removed = removed;

    public string Path { get; } = path;

    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref removed, null) is { } done)
        {
            if (Directory.Exists(Path))
            {
                Directory.Delete(Path, recursive: true);
            }

            done();
        }

        return ValueTask.CompletedTask;
    }
}
