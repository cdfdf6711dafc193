using System.CommandLine;
using ModelPlatform.Cli.Connection;
using ModelPlatform.Cli.Output;

namespace ModelPlatform.Cli.Commands.Models;

/// <summary><c>model alias NAME ALIAS [VERSION]</c></summary>
internal sealed class AliasCommand : PlatformCommand
{
    private readonly Argument<string> name = new("name") { Description = "The model's name, without version." };
    private readonly Argument<string> alias = new("alias") { Description = "For example champion." };
    private readonly Argument<string?> version = new("version") { Description = "The version it stands for.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<bool> delete = new("--delete") { Description = "Forget the alias." };

    public AliasCommand(GlobalOptions options, Terminal terminal)
        : base("alias", "Lets NAME@ALIAS stand for a version, or forgets the alias.", options, terminal)
    {
        Add(name);
        Add(alias);
        Add(version);
        Add(delete);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, Session session, CancellationToken cancellationToken)
    {
        var (model, called, stands) = (parsed.GetValue(name)!, parsed.GetValue(alias)!, parsed.GetValue(version));
        if (stands is null != parsed.GetValue(delete))
        {
            session.Terminal.Complain("Give either a version or --delete.");
            return ExitCode.Usage;
        }

        var answer = await (stands is null ? session.Client.Models.DeleteAliasAsync(model, called, cancellationToken) : session.Client.Models.SetAliasAsync(model, called, stands, cancellationToken));
        if (!answer.TryGet(out var done, out var problem))
        {
            return session.Fail(problem, null);
        }

        session.Write(done, CliJson.Default.Acknowledgement, console => console.WriteLine(Printable.Of(stands is null ? $"{model}@{called} is forgotten." : $"{model}@{called} is {model}:{stands}.")), _ => [$"{model}@{called}"]);
        return ExitCode.Ok;
    }
}
