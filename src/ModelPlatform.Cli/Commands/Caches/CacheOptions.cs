using System.CommandLine;
using System.Text.Json;
using ModelPlatform.Cli.Output;
using ModelPlatform.Client.Connection;
using ModelPlatform.Client.Loading;
using ModelPlatform.Manifests.Trust;

namespace ModelPlatform.Cli.Commands.Caches;

/// <summary>Options of commands that load models onto this machine.</summary>
internal sealed class CacheOptions
{
    public Option<string?> Directory { get; } = new("--cache") { Description = "Where loaded models are kept (MODELPLATFORM_CACHE).", HelpName = "dir" };

    public Option<long?> Limit { get; } = new("--cache-limit") { Description = "Most bytes the cache may take; 2 GiB if not given.", HelpName = "bytes" };

    public Option<string?> Root { get; } = new("--trust-root") { Description = "Believe only manifests signed by these keys: a file as `trust keys --format json` writes it.", HelpName = "file" };

    public Option<string[]> Peers { get; } = new("--peer") { Description = "Another site that may have the bytes. Repeatable.", HelpName = "url" };

    public Option<bool> Offline { get; } = new("--offline") { Description = "Use what is on this machine only." };

    public Symbol[] All => [Directory, Limit, Root, Peers, Offline];

    /// <summary>A loader as the options say.</summary>
    /// <returns>Null, after a complaint, where they cannot be followed.</returns>
    public ModelLoader? Open(ParseResult parsed, Session session)
    {
        var options = new ModelLoaderOptions
        {
            Offline = parsed.GetValue(Offline),
            OnError = problem => session.Terminal.Complain($"{problem.Code}: {problem.Error}"),
            OnWarning = session.IsVerbose ? session.Terminal.Complain : _ => { },
        };
        var directory = parsed.GetValue(Directory) ?? session.Terminal.Environment("MODELPLATFORM_CACHE");
        options.CacheDirectory = string.IsNullOrEmpty(directory) ? options.CacheDirectory : Path.GetFullPath(directory, session.Terminal.Folder);
        options.MaxCacheSize = parsed.GetValue(Limit) ?? options.MaxCacheSize;
        List<Uri> peers = [];
        foreach (var text in parsed.GetValue(Peers) ?? [])
        {
            if (!Uri.TryCreate(text, UriKind.Absolute, out var site) || site.Scheme is not ("http" or "https"))
            {
                session.Terminal.Complain($"--peer takes the address of a site, not {text}.");
                return null;
            }

            peers.Add(site);
        }

        options.Peers = peers;
        if (parsed.GetValue(Root) is { } path)
        {
            try
            {
                using var file = File.OpenRead(Path.GetFullPath(path, session.Terminal.Folder));
                options.TrustRoot = JsonSerializer.Deserialize(file, TrustJson.Default.TrustRoot);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
            {
                session.Terminal.Complain($"--trust-root: {exception.Message}");
                return null;
            }
        }

        return new ModelLoader(session.Client, options);
    }

    /// <summary>Shows a load while it goes.</summary>
    public static IProgress<LoadProgress> Follow(LiveLine line) => new Told(made => line.Show(
        made.Progress, made.Status,
        () => $"{made.ModelId}  {made.Status}  {LiveLine.Describe(made.Progress, made.BytesVerified, made.TotalBytes, made.BytesPerSecond, made.EtaSeconds, made.ChunksReused)}"));

    /// <summary>Reports at once, in order; <see cref="Progress{T}"/> would use the thread pool.</summary>
    private sealed class Told(Action<LoadProgress> tell) : IProgress<LoadProgress>
    {
        void IProgress<LoadProgress>.Report(LoadProgress value) => tell(value);
    }
}
