using System.Diagnostics.CodeAnalysis;

namespace ModelPlatform.Plugins.Outbound;

/// <summary>Scheme, host and port: what is trusted, and what credentials belong to.</summary>
internal readonly record struct Origin(string Scheme, string Host, int Port)
{
    public static Origin Of(Uri uri) => new(uri.Scheme, uri.IdnHost.ToLowerInvariant(), uri.Port);

    /// <summary>Reads a configured origin: http or https, host, perhaps a port, and nothing more.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out Origin? origin)
    {
        origin = Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && !text!.Contains('@')
            && uri.PathAndQuery == "/" && uri.Fragment.Length == 0 ? Of(uri) : null;
        return origin is not null;
    }

    public override string ToString() => new UriBuilder(Scheme, Host, Port).Uri.GetLeftPart(UriPartial.Authority);
}
