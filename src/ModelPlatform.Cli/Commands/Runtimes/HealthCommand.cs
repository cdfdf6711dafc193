using System.CommandLine;
using System.Globalization;
using ModelPlatform.Cli.Output;

namespace ModelPlatform.Cli.Commands.Runtimes;

/// <summary><c>model health NAME</c></summary>
internal sealed class HealthCommand : PlatformCommand
{
    private readonly Argument<string> model = new("model") { Description = "name, name:version or name@alias." };
    private readonly Option<bool> now = new("--now") { Description = "Look at it once more first." };

    public HealthCommand(CommandContext context)
        : base("health", "Shows how a loaded model does, and the last looks at it.", context)
    {
        Add(model);
        Add(now);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, Session session, CancellationToken cancellationToken)
    {
        if (!(await session.Client.Runtimes.GetHealthAsync(parsed.GetValue(model)!, parsed.GetValue(now), cancellationToken)).TryGet(out var report, out var problem))
        {
            return session.Fail(problem);
        }

        session.Write(
            report,
            CliJson.Api.ModelHealthReport,
            console =>
            {
                console.WriteLine(Printable.Of($"{report.Id}  {report.Status}  {report.Health}"));
                var table = Session.Table("WHEN", "HEALTH", "LOOK", "MS", "NOTE");
                foreach (var look in report.History)
                {
                    table.AddRow(
                        Session.Cell(look.At.ToString("u", CultureInfo.InvariantCulture)), Session.Cell(look.Health), Session.Cell(look.Outcome),
                        Session.Cell(look.Milliseconds?.ToString("0.0", CultureInfo.InvariantCulture)), Session.Cell(look.Note));
                }

                console.Write(table);
            },
            shown => [shown.Health]);
        return report.Health is "unhealthy" || report.Status is "error" ? ExitCode.Failed : ExitCode.Ok;
    }
}
