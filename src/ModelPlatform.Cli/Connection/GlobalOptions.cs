using System.CommandLine;
using ModelPlatform.Cli.Output;

namespace ModelPlatform.Cli.Connection;

/// <summary>Options that every command takes.</summary>
internal sealed class GlobalOptions
{
    public Option<string?> Url { get; } = new("--url") { Description = "Address of the platform's API (MODELPLATFORM_URL, HARPER_URL, CLI_TARGET_URL; default http://localhost:5100).", Recursive = true, HelpName = "url" };

    public Option<string?> Token { get; } = new("--token") { Description = "The platform's token (MODEL_FETCH_TOKEN).", Recursive = true, HelpName = "token" };

    public Option<OutputFormat> Format { get; } = new("--format", "-f") { Description = "human, json, or quiet (ids only).", Recursive = true, HelpName = "human|json|quiet" };

    public Option<bool> Yes { get; } = new("--yes", "-y") { Description = "Do not ask before something that cannot be undone.", Recursive = true };

    public Option<bool> Verbose { get; } = new("--verbose") { Description = "Tell more about failures.", Recursive = true };
}
