namespace ModelPlatform.Api.Access;

/// <summary>Who may use the API. The setting names are those deployed installations have.</summary>
internal sealed class AccessOptions
{
    private AccessOptions(string? token, bool anonymousRead, bool allowAnonymous) => (Token, AnonymousRead, AllowAnonymous) = (token, anonymousRead, allowAnonymous);

    /// <summary><c>MODEL_FETCH_TOKEN</c>; null leaves the API open to this machine.</summary>
    public string? Token { get; }

    /// <summary><c>MODEL_FETCH_ANONYMOUS_READ</c>: models may be read without the token.</summary>
    public bool AnonymousRead { get; }

    /// <summary><c>MODEL_FETCH_ALLOW_ANONYMOUS</c>: without a token, other machines may use the API too.</summary>
    public bool AllowAnonymous { get; }

    /// <summary>Whether only this machine, under a loopback name, may use the API.</summary>
    public bool LoopbackOnly => Token is null && !AllowAnonymous;

    /// <exception cref="InvalidOperationException">A setting is not what it must be.</exception>
    public static AccessOptions Read(IConfiguration configuration)
    {
        var token = configuration["MODEL_FETCH_TOKEN"];
        if (token is { Length: > 0 } && (token.Length > 4096 || token.Any(c => c is <= ' ' or > '~')))
        {
            throw new InvalidOperationException("MODEL_FETCH_TOKEN must consist of visible ASCII characters, at most 4096.");
        }

        return new(string.IsNullOrEmpty(token) ? null : token, Flag(configuration, "MODEL_FETCH_ANONYMOUS_READ"), Flag(configuration, "MODEL_FETCH_ALLOW_ANONYMOUS"));
    }

    private static bool Flag(IConfiguration configuration, string name) => configuration[name] switch
    {
        null or "" => false,
        var text when bool.TryParse(text, out var value) => value,
        "1" => true,
        "0" => false,
        var text => throw new InvalidOperationException($"{name} must be true or false, not '{text}'."),
    };
}
