using System.Globalization;

namespace ModelPlatform.Cli.Output;

/// <summary>How something goes, on standard error: one line that is written over where a person looks on, a line for each tenth where not, nothing where only ids are wanted.</summary>
internal sealed class LiveLine(Session session) : IDisposable
{
    private const int BarWidth = 24;
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(100);

    private readonly Lock gate = new();
    private string mark = "";
    private int length;
    private long shownAt;

    /// <param name="fraction">0 to 1.</param>
    /// <param name="state">Where a change of this word is worth a line of its own.</param>
    /// <param name="text">Told after the bar.</param>
    public void Show(double fraction, string state, Func<string> text)
    {
        if (session.Format == OutputFormat.Quiet)
        {
            return;
        }

        lock (gate)
        {
            var now = string.Create(CultureInfo.InvariantCulture, $"{state}{(int)(fraction * 10)}");
            if (!session.Terminal.IsInteractive)
            {
                if (now != mark)
                {
                    session.Terminal.Complain(text());
                }

                mark = now;
                return;
            }

            if (shownAt != 0 && fraction < 1 && now == mark && TimeProvider.System.GetElapsedTime(shownAt) < Beat)
            {
                return;
            }

            (mark, shownAt) = (now, TimeProvider.System.GetTimestamp());
            var filled = (int)(BarWidth * Math.Clamp(fraction, 0, 1));
            var line = $"{new string('#', filled)}{new string('.', BarWidth - filled)} {Printable.Of(text())}";
            var width = Math.Max(20, Terminal.Width - 1);
            line = line.Length > width ? line[..width] : line;
            session.Terminal.Progress.Write($"\r{line.PadRight(length)}");
            length = line.Length;
        }
    }

    /// <summary>"45 %, 5 of 11 MiB, 2 MiB/s, 3 s left, 4 chunks reused", as far as it is known.</summary>
    public static string Describe(double fraction, long bytes, long? total, double? speed, double? eta, int reused)
    {
        List<string> parts =
        [
            string.Create(CultureInfo.InvariantCulture, $"{(int)(fraction * 100)} %"),
            total is > 0 ? $"{Amounts.Bytes(bytes)} of {Amounts.Bytes(total.Value)}" : Amounts.Bytes(bytes),
        ];
        if (speed is > 0)
        {
            parts.Add($"{Amounts.Bytes(speed.Value)}/s");
        }

        if (eta is > 0)
        {
            parts.Add($"{Amounts.Seconds(eta.Value)} left");
        }

        if (reused > 0)
        {
            parts.Add($"{reused} chunks reused");
        }

        return string.Join("  ", parts);
    }

    public void Dispose()
    {
        if (length > 0)
        {
            session.Terminal.Progress.WriteLine();
            length = 0;
        }
    }
}
