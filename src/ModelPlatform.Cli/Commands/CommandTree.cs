using System.CommandLine;
using System.CommandLine.Help;
using ModelPlatform.Cli.Commands.Caches;
using ModelPlatform.Cli.Commands.Documents;
using ModelPlatform.Cli.Commands.Events;
using ModelPlatform.Cli.Commands.Jobs;
using ModelPlatform.Cli.Commands.Models;
using ModelPlatform.Cli.Commands.Plugins;
using ModelPlatform.Cli.Commands.Registry;
using ModelPlatform.Cli.Commands.Shells;
using ModelPlatform.Cli.Commands.Sites;
using ModelPlatform.Cli.Commands.Stack;
using ModelPlatform.Cli.Commands.Storage;
using ModelPlatform.Cli.Commands.Trust;
using ModelPlatform.Cli.Output;

namespace ModelPlatform.Cli.Commands;

/// <summary>All commands there are: a line a group.</summary>
internal static class CommandTree
{
    public static Command Create(Terminal terminal)
    {
        var context = new CommandContext(terminal);
        var root = new Command("modelplatform", "Brings AI models in from anywhere, proves every byte, and hands them out.")
        {
            new HelpOption(), new VersionOption(),
            context.Options.Url, context.Options.Token, context.Options.Format, context.Options.Yes, context.Options.Verbose,
            ModelCommands.Create(context),
            JobCommands.Create(context),
            PluginCommands.Create(context),
            StorageCommands.Create(context),
            RegistryCommands.Create(context),
            TrustCommands.Create(context),
            CacheCommands.Create(context),
            SiteCommands.Create(context),
            DocumentCommands.Create(context),
            EventsCommand.Create(context),
            UpCommand.Create(terminal),
        };
        root.Add(CompletionCommand.Create(root, terminal));
        root.Add(ReferenceCommand.Create(root, terminal));
        return root;
    }
}
