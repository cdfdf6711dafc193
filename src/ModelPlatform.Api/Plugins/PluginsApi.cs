using Microsoft.AspNetCore.Http.HttpResults;
using ModelPlatform.Api.Errors;
using ModelPlatform.Plugins;
using ModelPlatform.Sources;

namespace ModelPlatform.Api.Plugins;

/// <summary>The plugins of every process, and what an operator may do with them.</summary>
internal static class PluginsApi
{
    public static void MapPlugins(this IEndpointRouteBuilder routes)
    {
        var plugins = routes.MapGroup("/v1/plugins").WithTags("Plugins");
        plugins.MapGet("", ListAsync).WithName("ListPlugins").WithSummary("Every plugin in every process, with its state and the reason for it");
        plugins.MapPost("/{id}/reload", (string id, IPluginHost host, CancellationToken stop) => DoAsync(id, host, host.ReloadAsync, stop))
            .WithName("ReloadPlugin").WithSummary("Load the plugin anew in every process; running operations end on the old one");
        plugins.MapPost("/{id}/disable", (string id, IPluginHost host, CancellationToken stop) => DoAsync(id, host, host.DisableAsync, stop))
            .WithName("DisablePlugin").WithSummary("Stop offering the plugin's sources in every process; running operations end undisturbed");
        plugins.MapPost("/{id}/enable", (string id, IPluginHost host, CancellationToken stop) => DoAsync(id, host, host.EnableAsync, stop))
            .WithName("EnablePlugin").WithSummary("Offer a disabled plugin again in every process");
    }

    private static async Task<Ok<PluginView[]>> ListAsync(IPluginHost host, CancellationToken cancellationToken) =>
        TypedResults.Ok((await host.ListEverywhereAsync(cancellationToken)).Select(PluginView.Of).ToArray());

    private static async Task<Results<Ok<PluginView[]>, ProblemResult>> DoAsync(
        string id, IPluginHost host, Func<string, CancellationToken, Task<bool>> action, CancellationToken cancellationToken)
    {
        if (!await action(id, cancellationToken))
        {
            return new PlatformError(ErrorCode.NotFound, $"There is no plugin {id}.").ToProblem();
        }

        var all = await host.ListEverywhereAsync(cancellationToken);
        return TypedResults.Ok(all.Where(status => status.Id.Equals(id, StringComparison.OrdinalIgnoreCase)).Select(PluginView.Of).ToArray());
    }
}
