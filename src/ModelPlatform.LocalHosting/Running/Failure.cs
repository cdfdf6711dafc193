using Microsoft.Extensions.Hosting;

namespace ModelPlatform.LocalHosting.Running;

/// <summary>Why the whole run has to end: a child that cannot start with the configuration it has.</summary>
internal sealed class Failure(IHostApplicationLifetime lifetime)
{
    private string? line;

    public string? Line => line;

    public void Report(string reason)
    {
        Interlocked.CompareExchange(ref line, reason, null);
        lifetime.StopApplication();
    }
}
