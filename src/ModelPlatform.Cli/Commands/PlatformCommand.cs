using System.CommandLine;
using ModelPlatform.Cli.Output;

namespace ModelPlatform.Cli.Commands;

/// <summary>A command of its own class, for those with more to do than to ask one thing.</summary>
internal abstract class PlatformCommand : Command
{
    protected PlatformCommand(string name, string description, CommandContext context)
        : base(name, description) => SetAction(context.Act(RunAsync));

    /// <returns>The exit code.</returns>
    protected abstract Task<int> RunAsync(ParseResult parsed, Session session, CancellationToken cancellationToken);
}
