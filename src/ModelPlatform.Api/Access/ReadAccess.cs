using Microsoft.AspNetCore.Cors;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Routing;

namespace ModelPlatform.Api.Access;

/// <summary>Marks an endpoint that <c>MODEL_FETCH_ANONYMOUS_READ</c> opens.</summary>
internal sealed class AnonymousReadMetadata;

/// <summary>What holds for whole groups of endpoints that read.</summary>
internal static class ReadAccess
{
    /// <summary>Name of the CORS policy of public reads.</summary>
    public const string AnyOrigin = "any-origin";

    /// <summary>Each GET of the group answers HEAD too, and needs no token where anonymous reading is allowed.</summary>
    public static TBuilder WithReads<TBuilder>(this TBuilder group)
        where TBuilder : IEndpointConventionBuilder
    {
        group.Finally(endpoint => Amend(endpoint, anyOrigin: false));
        return group;
    }

    /// <summary>The same, and a web page of any origin may read.</summary>
    public static TBuilder WithReadsFromAnyOrigin<TBuilder>(this TBuilder group)
        where TBuilder : IEndpointConventionBuilder
    {
        group.Finally(endpoint => Amend(endpoint, anyOrigin: true));
        return group;
    }

    /// <summary>Marks a POST that only reads: it is treated as a GET of its group.</summary>
    public static TBuilder ReadsOnly<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new ReadingPostMetadata());

    private static void Amend(EndpointBuilder endpoint, bool anyOrigin)
    {
        var methods = endpoint.Metadata.OfType<HttpMethodMetadata>().LastOrDefault()?.HttpMethods ?? [];
        var isGet = methods.Count > 0 && methods.All(method => HttpMethods.IsGet(method) || HttpMethods.IsHead(method));
        if (!isGet && !endpoint.Metadata.OfType<ReadingPostMetadata>().Any())
        {
            return;
        }

        foreach (var old in endpoint.Metadata.OfType<HttpMethodMetadata>().ToArray())
        {
            endpoint.Metadata.Remove(old);
        }

        endpoint.Metadata.Add(new HttpMethodMetadata(isGet ? [HttpMethods.Get, HttpMethods.Head] : methods, acceptCorsPreflight: anyOrigin));
        endpoint.Metadata.Add(new AnonymousReadMetadata());
        if (anyOrigin)
        {
            endpoint.Metadata.Add(new EnableCorsAttribute(AnyOrigin));
        }
    }

    internal static void DescribeAnyOrigin(CorsPolicyBuilder policy) => policy
        .AllowAnyOrigin()
        .WithMethods(HttpMethods.Get, HttpMethods.Head, HttpMethods.Post)
        .WithHeaders("Authorization", "X-Model-Fetch-Token", "Range", "If-Range", "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "Accept", "Content-Type", "Last-Event-ID")
        .WithExposedHeaders(
            "ETag", "Content-Range", "Content-Length", "Content-Disposition", "Accept-Ranges", "Last-Modified", "Link", "Repr-Digest", "Retry-After",
            "X-Repo-Commit", "X-Linked-Size", "X-Linked-Etag", "X-Error-Code", "X-Error-Message", "X-Request-Id")
        .SetPreflightMaxAge(TimeSpan.FromHours(1));

    private sealed class ReadingPostMetadata;
}
