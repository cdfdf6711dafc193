using System.Globalization;
using Microsoft.Extensions.Hosting;

namespace ModelPlatform.LocalHosting.Running;

/// <summary>Stops the run when the <c>dotnet run</c> that started it was killed: nobody would ever stop it otherwise.</summary>
internal sealed class ParentWatch(IHostApplicationLifetime lifetime)
{
    public async Task RunAsync(CancellationToken stopping)
    {
        var parent = ParentId();
        if (parent is null || NameOf(parent.Value) != "dotnet")
        {
            return;
        }

        try
        {
            while (ParentId() == parent)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), stopping);
            }

            lifetime.StopApplication();
        }
        catch (OperationCanceledException)
        {
            // The run ends anyway.
        }
    }

    private static int? ParentId()
    {
        try
        {
            // "pid (name) state ppid …"; the name may hold anything, so read from its last bracket.
            var stat = File.ReadAllText("/proc/self/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string? NameOf(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/comm").Trim();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
