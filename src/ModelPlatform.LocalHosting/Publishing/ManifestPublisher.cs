using Aspire.Hosting;

namespace ModelPlatform.LocalHosting.Publishing;

internal sealed class ManifestPublisher(Graph graph, string path)
{
    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(path, graph.AppHostDirectory, cancellationToken);
    }
}
