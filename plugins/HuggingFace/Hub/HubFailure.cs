using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.HuggingFace.Hub;

/// <summary>Turns an answer of the Hub that is not the wanted one into an error that says what to do.</summary>
internal static class HubFailure
{
    /// <param name="answer">Any answer with a status that is not 2xx.</param>
    /// <param name="reference">What was asked for.</param>
    /// <param name="what">The file or the listing, for the message.</param>
    /// <param name="options">Whose endpoint and token were used.</param>
    public static PlatformError Explain(SourceHttpResponse answer, HubReference reference, string what, HuggingFaceOptions options)
    {
        var status = (int)answer.Message.StatusCode;
        var hub = answer.Hops.Count == 0 ? options.Origin : $"{options.Origin}, redirect {answer.Hops.Count}";
        var repository = $"{(reference.IsDataset ? "data set" : "model")} {reference.Id}";
        return (status, Header(answer, "X-Error-Code"), Header(answer, "X-Error-Message")) switch
        {
            (429, _, _) => new(ErrorCode.RateLimited, $"{hub} answers 429 for {what} of {repository}: too many requests.{(options.Token is null ? " A token (HF_TOKEN) raises the limit." : "")}") { RetryAfter = answer.RetryAfter },
            (408, _, _) => new(ErrorCode.NetworkTimeout, $"{hub} answers 408 for {what} of {repository}: it waited too long."),
            ( >= 500, _, _) => new(ErrorCode.SourceServerError, $"{hub} answers {status} for {what} of {repository}.") { RetryAfter = answer.RetryAfter },
            (401 or 403, "GatedRepo", _) => Gated(hub, reference, repository, options),
            (401 or 403, _, "Invalid credentials in Authorization header") =>
                new(ErrorCode.AccessDenied, $"{hub} does not accept the token. Make a new one at https://huggingface.co/settings/tokens and set it as HF_TOKEN."),
            (403, _, "Access to this resource is disabled.") => new(ErrorCode.AccessDenied, $"{hub} has disabled the {repository}; nobody can download it there."),
            (401 or 404, "RepoNotFound", _) => NotThereOrPrivate(ErrorCode.ModelNotFound, hub, status, repository, options),
            (401 or 404, "RevisionNotFound", _) => new(ErrorCode.ModelNotFound, $"{hub} has no revision '{reference.Revision}' of the {repository}. Name a branch, a tag or a commit it has."),
            (404, "EntryNotFound", _) => new(ErrorCode.ModelNotFound, $"{hub} has no {what} in revision '{reference.Revision}' of the {repository}."),
            (401, _, _) => NotThereOrPrivate(ErrorCode.AccessDenied, hub, status, repository, options),
            (403, _, _) => new(ErrorCode.AccessDenied, $"{hub} answers 403 for {what} of {repository}: {(options.Token is null ? "set a token that may read it as HF_TOKEN" : "the token may not read it; ask its owner for access, or use another HF_TOKEN")}."),
            (404 or 410, _, _) => NotThereOrPrivate(ErrorCode.ModelNotFound, hub, status, repository, options),
            (451, _, _) => new(ErrorCode.ModelNotFound, $"{hub} answers 451: the {repository} is withheld for legal reasons."),
            ( >= 300 and < 400, _, _) => new(ErrorCode.SourceServerError, $"{hub} answers {status} for {what} of {repository}, which is not expected there."),
            _ => new(ErrorCode.InvalidRequest, $"{hub} answers {status} for {what} of {repository}: it does not understand the request. Check the id, the revision and the endpoint."),
        };
    }

    private static PlatformError Gated(string hub, HubReference reference, string repository, HuggingFaceOptions options) => new(ErrorCode.AccessDenied,
        $"The {repository} is gated: accept the terms at https://huggingface.co/{reference.WebPath} and set a token of that account as HF_TOKEN"
        + (options.Token is null ? $" (none is set, and {hub} refuses anonymous readers)." : $" ({hub} refuses the one that is set: its account has not been given access)."));

    private static PlatformError NotThereOrPrivate(ErrorCode code, string hub, int status, string repository, HuggingFaceOptions options) => new(code,
        $"{hub} answers {status}: the {repository} does not exist, or it is private. Check the spelling; "
        + (options.Token is null ? "if it is private, set a token that may read it as HF_TOKEN." : "if it is private, the HF_TOKEN that is set may not read it."));

    private static string? Header(SourceHttpResponse answer, string name) => answer.Message.Headers.TryGetValues(name, out var values) ? values.First() : null;
}
