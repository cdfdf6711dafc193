using System.CommandLine;
using ModelPlatform.Cli.Connection;
using ModelPlatform.Cli.Output;

namespace ModelPlatform.Cli.Commands.Models;

/// <summary><c>model pin NAME</c></summary>
internal sealed class PinCommand : PlatformCommand
{
    private readonly Argument<string> model = new("model") { Description = "name:version." };
    private readonly Option<bool> off = new("--off") { Description = "Let go of it." };

    public PinCommand(GlobalOptions options, Terminal terminal)
        : base("pin", "Keeps a model from ever being evicted.", options, terminal)
    {
        Add(model);
        Add(off);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, Session session, CancellationToken cancellationToken)
    {
        var (id, isOff) = (parsed.GetValue(model)!, parsed.GetValue(off));
        var answer = await session.Client.Models.PinAsync(id, !isOff, cancellationToken);
        if (!answer.TryGet(out var done, out var problem))
        {
            return session.Fail(problem, null);
        }

        session.Write(done, CliJson.Default.Acknowledgement, console => console.WriteLine(Printable.Of(isOff ? $"{id} may be evicted." : $"{id} stays.")), _ => [id]);
        return ExitCode.Ok;
    }
}
