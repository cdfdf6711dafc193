namespace ModelPlatform.Dashboard.Access;

/// <summary>Keeps other sites out of a browser that can reach this one: without a token only local names are answered, and circuits open from our own pages only.</summary>
internal static class HostRule
{
    public static Task InvokeAsync(HttpContext context, RequestDelegate next, AccessOptions access)
    {
        var request = context.Request;
        var isProbe = request.Path.Value is "/health" or "/alive";
        if (!access.RequiresSignIn && !access.AllowsAnonymous && !isProbe && request.Host.Host is not ("localhost" or "127.0.0.1" or "[::1]" or "::1"))
        {
            return RefuseAsync(context, "Without MODEL_FETCH_TOKEN the dashboard answers to localhost only. Set a token, or MODEL_FETCH_ALLOW_ANONYMOUS=true.");
        }

        if (request.Path.StartsWithSegments("/_blazor")
            && request.Headers.Origin is [{ Length: > 0 } origin]
            && !(Uri.TryCreate(origin, UriKind.Absolute, out var from) && string.Equals(from.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase)))
        {
            return RefuseAsync(context, "Another site may not open this dashboard.");
        }

        return next(context);
    }

    private static Task RefuseAsync(HttpContext context, string message)
    {
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return context.Response.WriteAsync(message);
    }
}
