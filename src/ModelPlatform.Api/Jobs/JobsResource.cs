namespace ModelPlatform.Api.Jobs;

/// <summary>The model fetch API.</summary>
internal static class JobsResource
{
    public static void MapJobs(this IEndpointRouteBuilder routes)
    {
        routes.MapInspectModel();
        routes.MapFetchModel();
        routes.MapModelFetchJob();
        routes.MapWorkerControl();
    }
}
