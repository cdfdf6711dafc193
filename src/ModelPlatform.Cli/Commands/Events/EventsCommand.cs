using System.CommandLine;
using ModelPlatform.Cli.Output;
using System.Text.Json;
using ModelPlatform.Client.Connection;
using ModelPlatform.Client.Events;

namespace ModelPlatform.Cli.Commands.Events;

/// <summary><c>events</c></summary>
internal static class EventsCommand
{
    public static Command Create(CommandContext context)
    {
        var type = new Option<string?>("--type") { Description = "Only of this type; several by commas." };
        var model = new Option<string?>("--model") { Description = "Only of this model." };
        var past = new Option<bool>("--past") { Description = "Only what has happened so far." };
        return context.Run("events", "Follows what happens. Ctrl+C ends it.", [type, model, past], (parsed, session, cancellationToken) =>
            RunAsync(session, new EventFilter { Type = parsed.GetValue(type), Model = parsed.GetValue(model) }, parsed.GetValue(past), cancellationToken));
    }

    private static async Task<int> RunAsync(Session session, EventFilter filter, bool isPast, CancellationToken cancellationToken)
    {
        if (isPast)
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
