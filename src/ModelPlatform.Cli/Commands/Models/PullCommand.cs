using System.CommandLine;
using System.Globalization;
using ModelPlatform.Cli.Connection;
using ModelPlatform.Cli.Output;
using ModelPlatform.Client.Loading;

namespace ModelPlatform.Cli.Commands.Models;

/// <summary><c>model pull NAME --out DIR</c></summary>
internal sealed class PullCommand : PlatformCommand
{
    private readonly Argument<string> model = new("model") { Description = "name, name:version or name@alias." };
    private readonly Option<string> output = new("--out", "-o") { Description = "The directory it goes to.", Required = true };

    public PullCommand(GlobalOptions options, Terminal terminal)
        : base("pull", "Brings a model out of the platform into a directory, every byte proven. Started again, it resumes.", options, terminal)
    {
        Add(model);
        Add(output);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, Session session, CancellationToken cancellationToken)
    {
        var folder = Path.GetFullPath(parsed.GetValue(output)!, session.Terminal.Folder);
        var shown = -1;
        var progress = new Told(made =>
        {
            var percent = (int)(made.Progress * 100);
            if (session.Format == OutputFormat.Quiet || percent == shown || (!session.Terminal.IsInteractive && percent / 25 == shown / 25 && shown >= 0))
            {
                return;
            }

            shown = percent;
            var line = string.Create(
                CultureInfo.InvariantCulture, $"{percent,3} %  {Amounts.Bytes(made.BytesVerified)} of {Amounts.Bytes(made.TotalBytes)}  {made.ChunksVerified} of {made.TotalChunks} chunks verified");
            session.Terminal.Progress.Write(session.Terminal.IsInteractive ? $"\r{line}" : $"{line}\n");
        });
        var answer = await new ModelPuller(session.Client).PullAsync(parsed.GetValue(model)!, folder, progress, cancellationToken);
        if (session.Terminal.IsInteractive && shown >= 0)
        {
            session.Terminal.Progress.WriteLine();
        }

        if (!answer.TryGet(out var pulled, out var problem))
        {
            return session.Fail(problem, "modelplatform model list");
        }

        var files = pulled.Manifest.Artifacts;
        var result = new PulledModel(pulled.Manifest.Model.Id, pulled.Directory, [.. files.Select(file => file.Path)], files.Sum(file => file.Size), pulled.BytesReused);
        session.Write(
            result,
            CliJson.Default.PulledModel,
            console => console.WriteLine(Printable.Of($"{result.Id}: {result.Files.Count} files, {Amounts.Bytes(result.Bytes)} verified in {result.Directory}{(result.BytesReused > 0 ? $", {Amounts.Bytes(result.BytesReused)} of it were there" : "")}")),
            done => [done.Directory]);
        return ExitCode.Ok;
    }

    /// <summary>Reports at once, in order; <see cref="Progress{T}"/> would use the thread pool.</summary>
    private sealed class Told(Action<PullProgress> tell) : IProgress<PullProgress>
    {
        void IProgress<PullProgress>.Report(PullProgress value) => tell(value);
    }
}
