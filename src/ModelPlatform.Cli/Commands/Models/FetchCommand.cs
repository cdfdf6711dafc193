using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using ModelPlatform.Cli.Commands.Jobs;
using ModelPlatform.Cli.Local;
using ModelPlatform.Cli.Output;
using ModelPlatform.Client.Jobs;

namespace ModelPlatform.Cli.Commands.Models;

/// <summary><c>model fetch SOURCE REF --name N</c></summary>
internal sealed class FetchCommand
{
    private readonly Argument<string> source = ModelCommands.Source();
    private readonly Argument<string> reference = ModelCommands.Reference();
    private readonly Option<string> name = new("--name", "--modelName") { Description = "The name it gets here.", Required = true };
    private readonly Option<string> version = new("--version", "--modelVersion") { Description = "The version it gets here.", DefaultValueFactory = _ => "v1" };
    private readonly Option<string?> variant = new("--variant") { Description = "Which variant; the source's first if not given." };
    private readonly Option<string?> framework = new("--framework") { Description = "Detected if not given." };
    private readonly Option<string> stage = new("--stage") { Description = "development, staging or production.", DefaultValueFactory = _ => "development" };
    private readonly Option<string?> webhook = new("--webhook") { Description = "Told when the job ends." };
    private readonly Option<string?> revision = new("--revision") { Description = "Branch, tag or commit at the source." };
    private readonly Option<string?> priority = new("--priority") { Description = "high, normal or low." };
    private readonly Option<DateTimeOffset?> at = new("--at") { Description = "Start no earlier (ISO 8601)." };
    private readonly Option<string?> sha256 = new("--sha256") { Description = "Expected SHA-256 of the weights." };
    private readonly Option<int?> retries = new("--max-retries") { Description = "Retries after the first try." };
    private readonly Option<string[]> fallbacks = new("--fallback") { Description = "Where else to get it: SOURCE=REFERENCE. Repeatable." };
    private readonly Option<string[]> metadata = new("--metadata") { Description = "KEY=VALUE. Repeatable." };
    private readonly Option<bool> wait = new("--wait") { Description = "Stay until the job ends." };
    private readonly Option<bool> dryRun = new("--dry-run") { Description = "Only show what would be fetched." };

    private readonly Option<string?> local = new("--local") { Description = "Fetch with no platform at all: leave the files, verified, in this directory. Started again, it resumes.", HelpName = "dir" };

    public static Command Create(CommandContext context)
    {
        var fetch = new FetchCommand();
        fetch.stage.AcceptOnlyFromAmong("development", "staging", "production");
        fetch.priority.AcceptOnlyFromAmong("high", "normal", "low");
        return context.Run(
            "fetch",
            "Brings a model in.",
            [
                fetch.source, fetch.reference, fetch.name, fetch.version, fetch.variant, fetch.framework, fetch.stage, fetch.webhook, fetch.revision, fetch.priority, fetch.at, fetch.sha256,
                fetch.retries, fetch.fallbacks, fetch.metadata, fetch.wait, fetch.dryRun, fetch.local,
            ],
            fetch.RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, Session session, CancellationToken cancellationToken)
    {
        var (from, what) = (parsed.GetValue(source)!, parsed.GetValue(reference)!);
        if (Pairs(parsed.GetValue(fallbacks)) is not { } places || Pairs(parsed.GetValue(metadata)) is not { } said)
        {
            session.Terminal.Complain("--fallback takes SOURCE=REFERENCE, --metadata takes KEY=VALUE.");
            return ExitCode.Usage;
        }

        if (parsed.GetValue(local) is { } directory)
        {
            var wanted = new LocalRequest(from, what, parsed.GetValue(name)!, parsed.GetValue(version)!, Path.GetFullPath(directory, session.Terminal.Folder))
            {
                Variant = parsed.GetValue(variant), Framework = parsed.GetValue(framework), Revision = parsed.GetValue(revision), Sha256 = parsed.GetValue(sha256), Fallbacks = places, IsDryRun = parsed.GetValue(dryRun),
            };
            return await LocalFetch.RunAsync(wanted, session, cancellationToken);
        }

        if (parsed.GetValue(dryRun))
        {
            var seen = await session.Client.Models.InspectAsync(from, what, parsed.GetValue(variant), cancellationToken);
            if (!seen.TryGet(out var found, out var unseen))
            {
                return session.Fail(unseen);
            }

            session.Write(found, CliJson.Api.ModelInspection, console => ModelCommands.Show(console, found), result => result.Variants.Select(choice => choice.Name));
            session.Terminal.Complain($"Nothing was fetched. It would become {parsed.GetValue(name)}:{parsed.GetValue(version)}.");
            return ExitCode.Ok;
        }

        var request = new FetchModelRequest
        {
            Source = from, SourceReference = what, ModelName = parsed.GetValue(name)!, ModelVersion = parsed.GetValue(version), Variant = parsed.GetValue(variant),
            Framework = parsed.GetValue(framework), Stage = parsed.GetValue(stage), WebhookUrl = parsed.GetValue(webhook), Revision = parsed.GetValue(revision),
            Priority = parsed.GetValue(priority), ScheduledAt = parsed.GetValue(at), ExpectedSha256 = parsed.GetValue(sha256), MaxRetries = parsed.GetValue(retries),
            Fallbacks = places.Count > 0 ? [.. places.Select(place => new FetchFallback(place.Key, place.Value))] : null,
            Metadata = said.Count > 0 ? new JsonObject(said.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)JsonValue.Create(pair.Value)))) : null,
        };
        var answer = await session.Client.Jobs.FetchAsync(request, cancellationToken);
        if (!answer.TryGet(out var accepted, out var problem))
        {
            return session.Fail(problem, problem.Code == Client.Connection.ProblemCode.ModelNameConflict ? $"modelplatform model show {request.ModelName}:{request.ModelVersion}" : null);
        }

        if (accepted.JobId is { } job && parsed.GetValue(wait))
        {
            return await JobWatch.RunAsync(session, job, cancellationToken);
        }

        session.Write(
            accepted,
            CliJson.Api.FetchAccepted,
            console =>
            {
                console.WriteLine(Printable.Of(accepted.JobId is null ? $"{accepted.ModelId}  {accepted.Message}" : string.Create(CultureInfo.InvariantCulture, $"{accepted.JobId}  {accepted.ModelId}{(accepted.Existing ? "  already under way" : "")}")));
                if (accepted.JobId is not null)
                {
                    session.Terminal.Complain($"Next: modelplatform job watch {accepted.JobId}");
                }
            },
            result => [result.JobId ?? result.ModelId]);
        return ExitCode.Ok;
    }

    private static List<KeyValuePair<string, string>>? Pairs(string[]? texts)
    {
        List<KeyValuePair<string, string>> pairs = [];
        foreach (var text in texts ?? [])
        {
            if (text.IndexOf('=') is var equals and > 0)
            {
                pairs.Add(new(text[..equals], text[(equals + 1)..]));
            }
            else
            {
                return null;
            }
        }

        return pairs;
    }
}
