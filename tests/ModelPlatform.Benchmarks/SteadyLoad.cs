using System.Collections.Concurrent;
using System.Diagnostics;

namespace ModelPlatform.Benchmarks;

/// <summary>Requests at a steady rate: none waits for the answer to another, so a server that stalls is not spared.</summary>
internal static class SteadyLoad
{
    /// <summary>Sends, and gives each request's time in milliseconds.</summary>
    public static async Task<IReadOnlyCollection<double>> RunAsync(HttpClient client, string path, int perSecond, TimeSpan duration)
    {
        var times = new ConcurrentBag<double>();
        var requests = new List<Task>();
        var total = (int)(perSecond * duration.TotalSeconds);
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < total;)
        {
            var due = (int)(Stopwatch.GetElapsedTime(start).TotalSeconds * perSecond);
            for (; i <= due && i < total; i++)
            {
                requests.Add(SendAsync(client, path, times));
            }

            await Task.Delay(1);
        }

        await Task.WhenAll(requests);
        return times;
    }

    private static async Task SendAsync(HttpClient client, string path, ConcurrentBag<double> times)
    {
        var sent = Stopwatch.GetTimestamp();
        using var response = await client.GetAsync(path);
        response.EnsureSuccessStatusCode();
        times.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
    }
}
