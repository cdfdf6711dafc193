using System.CommandLine;
using ModelPlatform.Cli.Output;

namespace ModelPlatform.Cli.Commands.Registry;

/// <summary><c>registry …</c></summary>
internal static class RegistryCommands
{
    public static Command Create(CommandContext context) => new("registry", "The index over the models.")
    {
        context.Ask("rebuild", "Makes the index anew from the manifests.", [], Question.Of(
            CliJson.Api.Acknowledgement,
            (client, _, cancellationToken) => client.Storage.RebuildRegistryAsync(cancellationToken),
            (console, done, _) => console.WriteLine(Printable.Of(done.Message ?? $"The index is made anew. {string.Join(", ", (done.Details ?? []).Select(detail => $"{detail.Key}: {detail.Value}"))}")),
            (_, _) => ["rebuilt"])),
    };
}
