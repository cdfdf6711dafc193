using System.CommandLine;
using ModelPlatform.Cli.Connection;
using ModelPlatform.Cli.Output;
using ModelPlatform.Client;

namespace ModelPlatform.Cli.Commands;

/// <summary>A command that speaks to the platform.</summary>
internal abstract class PlatformCommand : Command
{
    protected PlatformCommand(string name, string description, GlobalOptions options, Terminal terminal)
        : base(name, description) => SetAction(async (parsed, cancellationToken) =>
        {
            var dotEnv = DotEnv.Read(Path.Combine(terminal.Folder, ".env"));
            if (Target.Find(parsed.GetValue(options.Url), parsed.GetValue(options.Token), terminal.Environment, dotEnv) is not { } target)
            {
                terminal.Complain("The platform's address must be an http or https URL.");
                return ExitCode.Usage;
            }

            using var http = new HttpClient { BaseAddress = target.Address, Timeout = TimeSpan.FromMinutes(5) };
            var session = new Session(
                new ModelPlatformClient(http, target.Token), terminal, parsed.GetValue(options.Format), parsed.GetValue(options.Yes), parsed.GetValue(options.Verbose));
            return await RunAsync(parsed, session, cancellationToken);
        });

    /// <returns>The exit code.</returns>
    protected abstract Task<int> RunAsync(ParseResult parsed, Session session, CancellationToken cancellationToken);
}
