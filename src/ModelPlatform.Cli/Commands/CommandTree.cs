using System.CommandLine;
using ModelPlatform.Cli.Commands.Events;
using ModelPlatform.Cli.Commands.Jobs;
using ModelPlatform.Cli.Commands.Models;
using ModelPlatform.Cli.Commands.Plugins;
using ModelPlatform.Cli.Commands.Registry;
using ModelPlatform.Cli.Commands.Runtimes;
using ModelPlatform.Cli.Commands.Storage;
using ModelPlatform.Cli.Commands.Trust;
using ModelPlatform.Cli.Connection;
using ModelPlatform.Cli.Output;

namespace ModelPlatform.Cli.Commands;

/// <summary>All commands there are.</summary>
internal static class CommandTree
{
    public static RootCommand Create(GlobalOptions options, Terminal terminal) => new("Brings AI models in from anywhere, proves every byte, and hands them out.")
    {
        options.Url, options.Token, options.Format, options.Yes, options.Verbose,
        new Command("model", "Models: look for them, bring them in, use them.")
        {
            new InspectCommand(options, terminal), new FetchCommand(options, terminal), new ListModelsCommand(options, terminal), new ShowCommand(options, terminal),
            new RemoveCommand(options, terminal), new AliasCommand(options, terminal), new PinCommand(options, terminal), new VerifyModelCommand(options, terminal), new PullCommand(options, terminal),
            new LoadCommand(options, terminal), new UnloadCommand(options, terminal), new HealthCommand(options, terminal), new InferCommand(options, terminal),
        },
        new Command("job", "Fetch jobs.")
        {
            new ListJobsCommand(options, terminal), new GetJobCommand(options, terminal), new WatchJobCommand(options, terminal), new RetryJobCommand(options, terminal),
            new CancelJobCommand(options, terminal), new PauseJobCommand(options, terminal), new ResumeJobCommand(options, terminal),
        },
        new Command("plugin", "Source plugins.")
        {
            new ListPluginsCommand(options, terminal), new ReloadPluginCommand(options, terminal), new EnablePluginCommand(options, terminal), new DisablePluginCommand(options, terminal),
        },
        new Command("storage", "The chunk store.") { new StorageStatsCommand(options, terminal), new CollectGarbageCommand(options, terminal), new VerifyStorageCommand(options, terminal) },
        new Command("registry", "The index over the models.") { new RebuildCommand(options, terminal) },
        new Command("trust", "Keys and signatures.") { new ListKeysCommand(options, terminal), new RotateCommand(options, terminal), new VerifyTrustCommand(options, terminal) },
        new EventsCommand(options, terminal),
    };
}
