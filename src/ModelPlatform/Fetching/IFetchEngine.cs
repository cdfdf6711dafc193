using ModelPlatform.Sources;

namespace ModelPlatform.Fetching;

/// <summary>Brings a model's bytes in: plan, download, verify, store. Publication is the registry's.</summary>
public interface IFetchEngine
{
    /// <summary>Fetches every file of the model into the chunk store, resuming from the journal, and returns what was proven.</summary>
    /// <param name="request">What to fetch.</param>
    /// <param name="journal">What earlier runs of the same fetch left; written as chunks become durable.</param>
    /// <param name="progress">Told of every verified chunk; must return quickly.</param>
    /// <param name="cancellationToken">Stops the fetch; what is verified stays in store and journal.</param>
    /// <returns>The verified files, or the error that ended the fetch after every source was tried.</returns>
    Task<Result<FetchedModel>> FetchAsync(FetchRequest request, IFetchJournal journal, IFetchProgress progress, CancellationToken cancellationToken);
}
