using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace ModelPlatform.AppHost;

/// <summary>What can be chosen on the command line or in the environment; the command line wins.</summary>
internal sealed class LaunchOptions
{
    private const string Usage =
        "--data DIR, --api-port N, --dashboard-port N, --job-servers N, --redis garnet|redis-server, --store azure|filesystem, --sites N, --no-sample";

    private LaunchOptions()
    {
    }

    /// <summary>The repository.</summary>
    public string Root { get; } = FindRoot();

    /// <summary>Where the stores, keys and third-party plugins are.</summary>
    public string Data { get; private set; } = string.Empty;

    /// <summary>What the filesystem source may read.</summary>
    public string Models { get; private set; } = string.Empty;

    public int ApiPort { get; private set; } = 5100;

    public int DashboardPort { get; private set; } = 5200;

    public int JobServers { get; private set; } = 1;

    public string Redis { get; private set; } = "garnet";

    /// <summary>Azure, FileSystem or Memory.</summary>
    public string Store { get; private set; } = "Azure";

    /// <summary>The platforms to start: one, or two to four that exchange documents.</summary>
    public IReadOnlyList<LaunchedSite> Sites { get; private set; } = [];

    /// <summary>Whether the first run fetches a model.</summary>
    public bool Sample { get; private set; } = true;

    /// <summary>What is left for Aspire: <c>--publisher manifest --output-path F</c> and settings.</summary>
    public string[] AspireArguments { get; private set; } = [];

    public static LaunchOptions Read(string[] args)
    {
        try
        {
            return Parse(args);
        }
        catch (FormatException exception)
        {
            Console.Error.WriteLine($"ModelPlatform: {exception.Message}");
            Environment.Exit(2);
            throw;
        }
    }

    /// <summary>Whether a store's connection string comes from outside.</summary>
    public static bool IsGiven(string store) => Variable($"ConnectionStrings__{store}") is not null;

    private static LaunchOptions Parse(string[] args)
    {
        var options = new LaunchOptions();
        var rest = new List<string>();
        var data = Variable("MODELPLATFORM_DATA");
        var apiPort = Variable("MODELPLATFORM_API_PORT");
        var dashboardPort = Variable("MODELPLATFORM_DASHBOARD_PORT");
        var jobServers = Variable("MODELPLATFORM_JOB_SERVERS");
        var store = Variable("Chunks__Store") ?? "azure";
        var sites = Variable("MODELPLATFORM_SITES");
        for (var i = 0; i < args.Length; i++)
        {
            var (name, inline) = args[i].Split('=', 2) is [var left, var right] ? (left, right) : (args[i], null);
            string Value() => inline ?? (i + 1 < args.Length ? args[++i] : throw new FormatException($"{name} needs a value ({Usage})"));
            switch (name)
            {
                case "--data": data = Value(); break;
                case "--api-port": apiPort = Value(); break;
                case "--dashboard-port": dashboardPort = Value(); break;
                case "--job-servers": jobServers = Value(); break;
                case "--redis": options.Redis = Value(); break;
                case "--store": store = Value(); break;
                case "--sites": sites = Value(); break;
                case "--no-sample": options.Sample = false; break;
                case "--help" or "-h": throw new FormatException($"options: {Usage}");
                default: rest.Add(args[i]); break;
            }
        }

        options.Data = Path.GetFullPath(data ?? Path.Combine(options.Root, ".modelplatform"));
        options.Models = Path.GetFullPath(Variable("Sources__FileSystem__Root") ?? Path.Combine(options.Root, "models"));
        options.ApiPort = Number("--api-port", apiPort, options.ApiPort, 65535);
        options.DashboardPort = Number("--dashboard-port", dashboardPort, options.DashboardPort, 65535);
        options.JobServers = Number("--job-servers", jobServers, options.JobServers, 64);
        options.Store = store.ToLowerInvariant() switch
        {
            "azure" => "Azure",
            "filesystem" => "FileSystem",
            "memory" => "Memory",
            _ => throw new FormatException($"--store is azure or filesystem, not '{store}'"),
        };
        options.Redis = options.Redis is "garnet" or "redis-server" ? options.Redis : throw new FormatException($"--redis is garnet or redis-server, not '{options.Redis}'");
        options.AspireArguments = [.. rest];
        options.Sites = [.. options.Place(Number("--sites", sites, 1, 4))];
        return options;
    }

    /// <summary>The first keeps the ports that were asked for; those of the others are free ones.</summary>
    private IEnumerable<LaunchedSite> Place(int count)
    {
        if (count == 1)
        {
            return [new LaunchedSite("A", true, Data, ApiPort, DashboardPort, null)];
        }

        var listeners = Enumerable.Range(0, count * 3).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        listeners.ForEach(listener => listener.Start());
        var free = listeners.ConvertAll(listener => ((IPEndPoint)listener.LocalEndpoint).Port);
        listeners.ForEach(listener => listener.Dispose());
        return Enumerable.Range(0, count).Select(i => new LaunchedSite(
            $"{(char)('A' + i)}", false, Path.Combine(Data, $"site-{(char)('a' + i)}"), i == 0 ? ApiPort : free[i * 3], i == 0 ? DashboardPort : free[(i * 3) + 1], free[(i * 3) + 2]));
    }

    private static int Number(string name, string? text, int otherwise, int most) =>
        text is null ? otherwise
        : int.TryParse(text, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= most ? number
        : throw new FormatException($"{name} is a number from 1 to {most}, not '{text}'");

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "ModelPlatform.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? Directory.GetCurrentDirectory();
    }
}
