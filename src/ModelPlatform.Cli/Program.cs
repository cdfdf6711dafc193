using ModelPlatform.Cli;
using ModelPlatform.Cli.Output;

return await Entry.RunAsync(args, Terminal.OfThisProcess());
