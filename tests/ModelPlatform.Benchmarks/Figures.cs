using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace ModelPlatform.Benchmarks;

/// <summary>Measured values, each beside the limit it is to keep.</summary>
internal sealed class Figures(string title)
{
    private readonly List<Figure> figures = [];

    /// <summary>Whether all limits were kept.</summary>
    public bool AreKept => figures.TrueForAll(figure => figure.IsKept);

    /// <summary>Runs something a number of times, and holds the slowest of a hundred to a limit.</summary>
    public async Task TimeAsync(string what, int times, double limit, Func<Task> action, Func<Task>? before = null)
    {
        var taken = new List<double>();
        for (var i = 0; i < times; i++)
        {
            await (before?.Invoke() ?? Task.CompletedTask);
            var start = Stopwatch.GetTimestamp();
            await action();
            taken.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        Add(what, taken, limit);
    }

    /// <summary>Adds times in milliseconds, of which the 99th of a hundred is held to a limit.</summary>
    public void Add(string what, IReadOnlyCollection<double> milliseconds, double limit)
    {
        var sorted = milliseconds.Order().ToArray();
        var p99 = sorted[(int)Math.Min(sorted.Length - 1, sorted.Length * 99L / 100)];
        var note = sorted.Length == 1 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $"p99 of {sorted.Length}; median {sorted[sorted.Length / 2]:0.00}");
        Add(new Figure(what, p99, "ms", limit, p99 <= limit, note));
    }

    /// <summary>Adds a value that must not be above a limit.</summary>
    public void AddAtMost(string what, double value, string unit, double limit, string note = "") => Add(new Figure(what, value, unit, limit, value <= limit, note));

    /// <summary>Adds a value that must not be below a limit.</summary>
    public void AddAtLeast(string what, double value, string unit, double limit, string note = "") => Add(new Figure(what, value, unit, limit, value >= limit, note));

    /// <summary>Adds a value that has no limit.</summary>
    public void Note(string what, double value, string unit, string note = "") => Add(new Figure(what, value, unit, null, true, note));

    /// <summary>Writes them to a file, where one is named.</summary>
    public async Task WriteAsync(string? path)
    {
        if (path is not null)
        {
            await File.WriteAllTextAsync(path, JsonSerializer.Serialize(new { title, cores = Environment.ProcessorCount, figures }));
        }
    }

    private void Add(Figure figure)
    {
        if (figures.Count == 0)
        {
            Console.WriteLine($"{title}, {Environment.ProcessorCount} cores");
        }

        figures.Add(figure);
        var limit = figure.Limit is { } number ? string.Create(CultureInfo.InvariantCulture, $"limit {number:0.##}") : string.Empty;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(figure.IsKept ? ' ' : '!')} {figure.What,-62}{figure.Value,10:0.00} {figure.Unit,-5}{limit,-12}{figure.Note}"));
    }

    private sealed record Figure(string What, double Value, string Unit, double? Limit, bool IsKept, string Note);
}
