using ModelPlatform.Chunks.Housekeeping;

namespace ModelPlatform.Api.Storage;

/// <summary><c>/v1/storage</c>: how much is stored, collecting garbage, verifying.</summary>
internal static class StorageEndpoints
{
    public static void MapStorage(this IEndpointRouteBuilder app)
    {
        var storage = app.MapGroup("/v1/storage").WithTags("Storage");
        storage.MapGet("", async (IStorageStatistics statistics, CancellationToken cancel) => TypedResults.Ok(await statistics.ReadAsync(cancel)))
            .WithName("GetStorage").WithSummary("How much is stored, and how much sharing saves");
        storage.MapPost("/gc", async (bool? dryRun, IGarbageCollector collector, CancellationToken cancel) => TypedResults.Ok(await collector.CollectAsync(dryRun ?? false, cancel)))
            .WithName("CollectGarbage").WithSummary("Removes chunks nothing refers to, or only counts them");
        storage.MapPost("/verify", async (IScrubber scrubber, CancellationToken cancel) => TypedResults.Ok(await scrubber.VerifyAsync(cancel)))
            .WithName("VerifyStorage").WithSummary("Hashes every stored chunk again, and heals what is wrong where its source still has it");
    }
}
