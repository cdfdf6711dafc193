using System.CommandLine;
using ModelPlatform.Cli.Commands.Caches;
using ModelPlatform.Cli.Output;
using ModelPlatform.Client.Connection;
using ModelPlatform.Client.Loading;

namespace ModelPlatform.Cli.Commands.Models;

/// <summary><c>model pull NAME --out DIR</c></summary>
internal static class PullCommand
{
    public static Command Create(CommandContext context)
    {
        var options = new CacheOptions();
        var model = new Argument<string>("model") { Description = "name, name:version or name@alias." };
        var output = new Option<string>("--out", "-o") { Description = "The directory it goes to.", Required = true, HelpName = "dir" };
        return context.Run("pull", "Brings a model out of the platform into a directory, every byte proven. Started again, it resumes.", [model, output, .. options.All], async (parsed, session, cancellationToken) =>
        {
            using var loader = options.Open(parsed, session);
            if (loader is null)
            {
                return ExitCode.Usage;
            }

            ApiResult<PulledModel> answer;
            using (var line = new LiveLine(session))
            {
                answer = await loader.PullAsync(parsed.GetValue(model)!, Path.GetFullPath(parsed.GetValue(output)!, session.Terminal.Folder), CacheOptions.Follow(line), cancellationToken);
            }

            if (!answer.TryGet(out var pulled, out var problem))
            {
                return session.Fail(problem, "modelplatform model list");
            }

            var files = pulled.Manifest.Artifacts;
            OnDisk.Write(session, new ModelOnDisk(pulled.Manifest.Model.Id, pulled.Directory, [.. files.Select(file => file.Path)], files.Sum(file => file.Size), pulled.BytesReused));
            return ExitCode.Ok;
        });
    }
}
