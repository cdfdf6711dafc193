using System.CommandLine;
using ModelPlatform.Cli.Connection;
using ModelPlatform.Cli.Output;

namespace ModelPlatform.Cli.Commands.Models;

/// <summary><c>model verify NAME</c></summary>
internal sealed class VerifyModelCommand : PlatformCommand
{
    private readonly Argument<string> model = new("model") { Description = "name:version." };

    public VerifyModelCommand(GlobalOptions options, Terminal terminal)
        : base("verify", "Checks hashes and signatures of a model on the platform.", options, terminal)
    {
        Add(model);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, Session session, CancellationToken cancellationToken)
    {
        var id = parsed.GetValue(model)!;
        var answer = await session.Client.Models.VerifyAsync(id, cancellationToken);
        if (!answer.TryGet(out var result, out var problem))
        {
            return session.Fail(problem, "modelplatform model list");
        }

        session.Write(
            result,
            CliJson.Default.ManifestVerification,
            console =>
            {
                console.WriteLine(Printable.Of(result.Valid ? $"{id}: hashes and signatures hold." : $"{id} does not verify."));
                foreach (var line in result.Errors.Select(error => $"error: {error}").Concat(result.Warnings.Select(warning => $"warning: {warning}")))
                {
                    console.WriteLine(Printable.Of(line));
                }
            },
            found => [found.Valid ? "valid" : "invalid"]);
        return result.Valid ? ExitCode.Ok : ExitCode.Integrity;
    }
}
