using System.CommandLine;
using ModelPlatform.Cli.Connection;
using ModelPlatform.Cli.Output;

namespace ModelPlatform.Cli.Commands.Models;

/// <summary><c>model list</c></summary>
internal sealed class ListModelsCommand : PlatformCommand
{
    private readonly Option<string?> stage = new("--stage") { Description = "Only of this stage." };
    private readonly Option<string?> framework = new("--framework") { Description = "Only of this framework." };

    public ListModelsCommand(GlobalOptions options, Terminal terminal)
        : base("list", "Lists the models.", options, terminal)
    {
        Add(stage);
        Add(framework);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, Session session, CancellationToken cancellationToken)
    {
        var answer = await session.Client.Models.ListAsync(parsed.GetValue(stage), parsed.GetValue(framework), cancellationToken);
        if (!answer.TryGet(out var models, out var problem))
        {
            return session.Fail(problem);
        }

        session.Write(
            models,
            CliJson.Default.ModelSummaryArray,
            console =>
            {
                var table = Session.Table("MODEL", "FRAMEWORK", "STAGE", "SIZE", "PUBLISHED");
                foreach (var model in models)
                {
                    table.AddRow(Session.Cell(model.Id), Session.Cell(model.Framework), Session.Cell(model.Stage), Session.Cell(Amounts.Bytes(model.BlobSize)), Session.Cell(Amounts.Time(model.UploadedAt)));
                }

                console.Write(table);
            },
            all => all.Select(model => model.Id));
        return ExitCode.Ok;
    }
}
