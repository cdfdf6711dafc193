using ModelPlatform.Jobs;
using ModelPlatform.Sources;

namespace ModelPlatform.Sites.Models;

/// <summary>Asks for models of other sites: the first holder says what the model is, chunks come from all of them.</summary>
internal sealed class SiteFetches(IFetchJobs jobs)
{
    public const string Source = "peer";

    public Task<Result<FetchTicket>> RequestAsync(HeldModel model, CancellationToken cancellationToken) => jobs.CreateAsync(
        new FetchJobRequest(Source, $"{model.Sites[0]}/{model.Id}", model.Id)
        {
            Fallbacks = [.. model.Sites.Skip(1).Select(site => new FetchFallback(Source, $"{site}/{model.Id}"))],
        },
        cancellationToken);
}
