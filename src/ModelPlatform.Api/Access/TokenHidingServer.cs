using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;

namespace ModelPlatform.Api.Access;

/// <summary>
/// Cuts the field <c>token</c> out of the query of every request before the host sees the request. Middleware would come too late: request logs, activities
/// and diagnostic events are written from the address before the first middleware runs.
/// </summary>
internal sealed class TokenHidingServer(IServer inner) : IServer
{
    private const string Field = "token";

    public IFeatureCollection Features => inner.Features;

    public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
        where TContext : notnull => inner.StartAsync(new Application<TContext>(application), cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => inner.StopAsync(cancellationToken);

    public void Dispose() => inner.Dispose();

    internal static void Hide(IFeatureCollection features)
    {
        var request = features.GetRequiredFeature<IHttpRequestFeature>();
        var query = request.QueryString;
        if (query.Length < Field.Length || !Mentions(query))
        {
            return;
        }

        string? token = null;
        var kept = query.TrimStart('?').Split('&').Where(pair =>
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (!string.Equals(Decode(equals < 0 ? pair : pair[..equals]), Field, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }

            token ??= equals < 0 ? string.Empty : Decode(pair[(equals + 1)..]);
            return false;
        }).ToArray();
        if (token is null)
        {
            return;
        }

        features.Set(new QueryToken(token));
        request.QueryString = kept.Length == 0 ? string.Empty : "?" + string.Join('&', kept);
        var cut = request.RawTarget.IndexOf('?', StringComparison.Ordinal);
        request.RawTarget = (cut < 0 ? request.RawTarget : request.RawTarget[..cut]) + request.QueryString;
    }

    /// <summary>Cheap first look; an encoded letter needs the long one.</summary>
    private static bool Mentions(string query) => query.Contains(Field, StringComparison.OrdinalIgnoreCase) || query.Contains('%', StringComparison.Ordinal);

    private static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));

    private sealed class Application<TContext>(IHttpApplication<TContext> inner) : IHttpApplication<TContext>
        where TContext : notnull
    {
        public TContext CreateContext(IFeatureCollection contextFeatures)
        {
            Hide(contextFeatures);
            return inner.CreateContext(contextFeatures);
        }

        public Task ProcessRequestAsync(TContext context) => inner.ProcessRequestAsync(context);

        public void DisposeContext(TContext context, Exception? exception) => inner.DisposeContext(context, exception);
    }
}
