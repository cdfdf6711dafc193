namespace ModelPlatform.Api.Access;

/// <summary>Marks an endpoint that the token of a known site opens.</summary>
internal sealed class SiteAccessMetadata;

/// <summary>What a site may do here.</summary>
internal static class SiteAccess
{
    /// <summary>Opens a group to known sites.</summary>
    public static TBuilder ForSites<TBuilder>(this TBuilder group)
        where TBuilder : IEndpointConventionBuilder => group.WithMetadata(new SiteAccessMetadata());
}
