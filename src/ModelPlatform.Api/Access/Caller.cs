namespace ModelPlatform.Api.Access;

/// <summary>Whom a request comes from.</summary>
internal enum Caller
{
    /// <summary>Somebody without the token.</summary>
    Anonymous = 0,

    /// <summary>No token is set, and the connection comes from this machine under a loopback name: the operator.</summary>
    Local,

    /// <summary>Somebody with the token.</summary>
    TokenHolder,

    /// <summary>Another site, with the token that both sides were given.</summary>
    Site,
}

/// <summary>The caller of the request at hand.</summary>
internal static class CallerOfRequest
{
    private static readonly object Key = new();

    /// <summary>Who calls. Set before any endpoint runs.</summary>
    public static Caller GetCaller(this HttpContext context) => context.Items.TryGetValue(Key, out var caller) ? (Caller)caller! : Caller.Anonymous;

    /// <summary>Whether a model fetched with the operator's own credentials may be given to this caller. Where not, the model is not there: answer MODEL_NOT_FOUND.</summary>
    public static bool MayReadGated(this HttpContext context) => context.GetCaller() is not Caller.Anonymous;

    public static void SetCaller(this HttpContext context, Caller caller) => context.Items[Key] = caller;
}
