using System.CommandLine;
using ModelPlatform.Cli.Connection;
using ModelPlatform.Cli.Output;
using System.Text.Json;
using ModelPlatform.Client.Connection;
using ModelPlatform.Client.Events;

namespace ModelPlatform.Cli.Commands.Events;

/// <summary><c>events</c></summary>
internal sealed class EventsCommand : PlatformCommand
{
    private readonly Option<string?> type = new("--type") { Description = "Only of this type; several by commas." };
    private readonly Option<string?> model = new("--model") { Description = "Only of this model." };
    private readonly Option<bool> past = new("--past") { Description = "Only what has happened so far." };

    public EventsCommand(GlobalOptions options, Terminal terminal)
        : base("events", "Follows what happens. Ctrl+C ends it.", options, terminal)
    {
        Add(type);
        Add(model);
        Add(past);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, Session session, CancellationToken cancellationToken)
    {
        var filter = new EventFilter { Type = parsed.GetValue(type), Model = parsed.GetValue(model) };
        if (parsed.GetValue(past))
        {
            var answer = await session.Client.Events.ListAsync(filter, cancellationToken);
            if (!answer.TryGet(out var events, out var problem))
            {
                return session.Fail(problem);
            }

            foreach (var happened in events)
            {
                Show(session, happened);
            }

            return ExitCode.Ok;
        }

        try
        {
            await foreach (var happened in session.Client.Events.StreamAsync(filter, lost => Tell(session, lost), cancellationToken))
            {
                Show(session, happened);
            }
        }
        catch (ApiException refusal)
        {
            return session.Fail(refusal.Problem);
        }

        return ExitCode.Ok;
    }

    private static void Tell(Session session, ApiProblem? lost)
    {
        if (lost is not null)
        {
            session.Terminal.Complain($"{lost.Error} Trying again.");
        }
    }

    private static void Show(Session session, PlatformEvent happened)
    {
        session.Terminal.Data.WriteLine(session.Format switch
        {
            OutputFormat.Json => JsonSerializer.Serialize(happened, CliJson.Lines.PlatformEvent),
            OutputFormat.Quiet => happened.Type,
            _ => Printable.Of($"{Amounts.Time(happened.Time)}  {happened.Type,-18}  {happened.ModelId ?? happened.JobId}  {happened.Data}"),
        });
        session.Terminal.Data.Flush();
    }
}
