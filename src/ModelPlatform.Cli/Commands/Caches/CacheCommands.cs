using System.CommandLine;
using ModelPlatform.Cli.Output;
using ModelPlatform.Client.Connection;
using ModelPlatform.Client.Loading;

namespace ModelPlatform.Cli.Commands.Caches;

/// <summary><c>cache …</c>: the loader's cache on this machine, shared with every program that loads models with ModelPlatform.Client.</summary>
internal static class CacheCommands
{
    public static Command Create(CommandContext context) => new("cache", "Loaded models on this machine.") { Preload(context), Stats(context), Clear(context) };

    private static Command Preload(CommandContext context)
    {
        var options = new CacheOptions();
        var model = new Argument<string>("model") { Description = "name, name:version or name@alias." };
        return context.Run("preload", "Loads a model into the cache, every byte proven, and prints its directory.", [model, .. options.All], async (parsed, session, cancellationToken) =>
        {
            using var loader = options.Open(parsed, session);
            if (loader is null)
            {
                return ExitCode.Usage;
            }

            ApiResult<LoadedModel> answer;
            using (var line = new LiveLine(session))
            {
                answer = await loader.LoadAsync(parsed.GetValue(model)!, CacheOptions.Follow(line), cancellationToken);
            }

            if (!answer.TryGet(out var loaded, out var problem))
            {
                return session.Fail(problem, "modelplatform model list");
            }

            var files = loaded.Manifest.Artifacts;
            var result = new ModelOnDisk(loaded.Manifest.Model.Id, loaded.Directory, [.. files.Select(file => file.Path)], files.Sum(file => file.Size), loaded.BytesReused, loaded.Source);
            session.Write(result, CliJson.Own.ModelOnDisk, console => console.WriteLine(Printable.Of($"{result.Id} from {result.Source}, verified in {result.Directory}")), done => [done.Directory]);
            return ExitCode.Ok;
        });
    }

    private static Command Stats(CommandContext context)
    {
        var options = new CacheOptions();
        return context.Run("stats", "Shows what the cache holds.", [options.Directory], (parsed, session, _) =>
        {
            using var loader = options.Open(parsed, session)!;
            session.Write(
                loader.GetCacheStats(),
                CliJson.Own.CacheStats,
                console =>
                {
                    var stats = loader.GetCacheStats();
                    var table = Session.Table("MODEL", "SIZE", "LAST USED");
                    foreach (var cached in stats.Models)
                    {
                        table.AddRow(Session.Cell(cached.Id), Session.Cell(Amounts.Bytes(cached.Size)), Session.Cell(Amounts.Time(cached.LastAccess)));
                    }

                    console.Write(table);
                    console.WriteLine($"{Amounts.Bytes(stats.TotalSize)} in all");
                },
                stats => stats.Models.Select(cached => cached.Id));
            return Task.FromResult(ExitCode.Ok);
        });
    }

    private static Command Clear(CommandContext context)
    {
        var options = new CacheOptions();
        return context.Run("clear", "Empties the cache; what another process uses stays.", [options.Directory], async (parsed, session, cancellationToken) =>
        {
            if (!session.Confirm("Remove all models from this machine's cache?"))
            {
                return ExitCode.Failed;
            }

            using var loader = options.Open(parsed, session)!;
            var result = new CacheCleared(await loader.ClearCacheAsync(cancellationToken));
            session.Write(result, CliJson.Own.CacheCleared, console => console.WriteLine($"{Amounts.Bytes(result.BytesFreed)} freed."), _ => []);
            return ExitCode.Ok;
        });
    }
}
