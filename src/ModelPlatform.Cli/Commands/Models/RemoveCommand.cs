using System.CommandLine;
using ModelPlatform.Cli.Connection;
using ModelPlatform.Cli.Output;

namespace ModelPlatform.Cli.Commands.Models;

/// <summary><c>model rm NAME</c></summary>
internal sealed class RemoveCommand : PlatformCommand
{
    private readonly Argument<string> model = new("model") { Description = "name:version." };
    private readonly Option<bool> unregister = new("--unregister") { Description = "Also forget that it was registered." };

    public RemoveCommand(GlobalOptions options, Terminal terminal)
        : base("rm", "Deletes a model. Its chunks stay until garbage collection.", options, terminal)
    {
        Add(model);
        Add(unregister);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, Session session, CancellationToken cancellationToken)
    {
        var id = parsed.GetValue(model)!;
        if (!session.Confirm($"Delete {id}? Clients can no longer load it."))
        {
            return ExitCode.Failed;
        }

        var answer = await session.Client.Models.DeleteAsync(id, parsed.GetValue(unregister), cancellationToken);
        if (!answer.TryGet(out var done, out var problem))
        {
            return session.Fail(problem, "modelplatform model list");
        }

        session.Write(done, CliJson.Default.Acknowledgement, console => console.WriteLine(Printable.Of($"{id} deleted. Its space comes back with: modelplatform storage gc")), _ => [id]);
        return ExitCode.Ok;
    }
}
