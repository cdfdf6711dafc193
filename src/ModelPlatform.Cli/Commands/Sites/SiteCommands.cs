using System.CommandLine;
using ModelPlatform.Cli.Output;
using ModelPlatform.Client.Sites;

namespace ModelPlatform.Cli.Commands.Sites;

/// <summary><c>site …</c></summary>
internal static class SiteCommands
{
    private const string Listing = "modelplatform site list";

    public static Command Create(CommandContext context) => new("site", "Other platforms that documents are exchanged with.")
    {
        List(context),
        Add(context),
        Remove(context),
        Sync(context),
    };

    private static Argument<string> Name() => new("name") { Description = "What the site is called here." };

    private static Command List(CommandContext context) => context.Ask("list", "Lists the sites: how each is, and how far behind.", [], Question.Of(
        CliJson.Api.SitesReport,
        (client, _, cancellationToken) => client.Sites.ListAsync(cancellationToken),
        (console, report, _) =>
        {
            console.WriteLine(Printable.Of($"This site is {report.Self.Id}: {report.Self.Documents} documents, digest {report.Self.Digest}"));
            var table = Session.Table("SITE", "STATE", "BEHIND", "AHEAD", "IN STEP", "LAST CONTACT", "URL", "REASON");
            foreach (var site in report.Sites)
            {
                table.AddRow(
                    Session.Cell(site.Name), Session.Cell(site.State), Session.Cell(Lag(site.Behind)), Session.Cell(Lag(site.Ahead)), Session.Cell(site.InStep ? "yes" : "no"),
                    Session.Cell(Amounts.Time(site.LastContact)), Session.Cell(site.Url), Session.Cell(site.Reason));
            }

            console.Write(table);
        },
        (report, _) => report.Sites.Select(site => site.Name)));

    private static Command Add(CommandContext context)
    {
        var name = Name();
        var url = new Argument<string?>("url") { Description = "Its address; may be left out for a site that is known.", Arity = ArgumentArity.ZeroOrOne };
        var secret = new Option<string?>("--site-token") { Description = "The secret that both sides are given." };
        var pause = new Option<bool?>("--pause") { Description = "Stop exchanging; --pause false goes on." };
        var limit = new Option<long?>("--bytes-per-second") { Description = "The most that is exchanged; 0 is without limit." };
        var schedule = new Option<string?>("--schedule") { Description = "Time of day in UTC, 22:00-06:00; empty is always." };
        return context.Ask("add", "Adds a site, or changes what is said of it.", [name, url, secret, pause, limit, schedule], Question.Of(
            CliJson.Api.SiteReport,
            (client, parsed, cancellationToken) => client.Sites.PutAsync(
                parsed.GetValue(name)!,
                new SiteChange
                {
                    Url = parsed.GetValue(url),
                    Token = parsed.GetValue(secret),
                    Paused = parsed.GetValue(pause),
                    BytesPerSecond = parsed.GetValue(limit),
                    Schedule = parsed.GetValue(schedule),
                },
                cancellationToken),
            (console, site, _) => console.WriteLine(Printable.Of($"{site.Name} at {site.Url} is {site.State}. See it with: {Listing}")),
            (site, _) => [site.Name]));
    }

    private static Command Remove(CommandContext context)
    {
        var name = Name();
        return context.Ask("rm", "Forgets a site. Documents that came from it stay.", [name], Question.Of(
            CliJson.Api.Acknowledgement,
            (client, parsed, cancellationToken) => client.Sites.RemoveAsync(parsed.GetValue(name)!, cancellationToken),
            (console, _, parsed) => console.WriteLine(Printable.Of($"{parsed.GetValue(name)} is forgotten.")),
            (_, parsed) => [parsed.GetValue(name)]) with { Confirm = parsed => $"Forget the site {parsed.GetValue(name)}?", Next = _ => Listing });
    }

    private static Command Sync(CommandContext context)
    {
        var name = Name();
        return context.Ask("sync", "Exchanges with a site now.", [name], Question.Of(
            CliJson.Api.SiteReport,
            (client, parsed, cancellationToken) => client.Sites.SyncAsync(parsed.GetValue(name)!, cancellationToken),
            (console, site, _) => console.WriteLine(Printable.Of($"{site.Name} is {site.State}, {(site.InStep ? "in step" : "not in step yet")}.")),
            (site, _) => [site.Name]) with { Next = _ => Listing });
    }

    private static string Lag(SiteLag lag) => lag.Documents == 0 ? "-" : $"{lag.Documents} ({Amounts.Bytes(lag.Bytes)})";
}
