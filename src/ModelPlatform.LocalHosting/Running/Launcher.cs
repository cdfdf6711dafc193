using System.Text.Json;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Azure;
using Microsoft.Extensions.Configuration;
using ModelPlatform.LocalHosting.Restoring;

namespace ModelPlatform.LocalHosting.Running;

/// <summary>Says how each kind of resource is started on this machine.</summary>
internal sealed class Launcher(Graph graph, IConfiguration configuration)
{
    /// <summary>The repository, or the directory that a packaged AppHost and its services lie in.</summary>
    private readonly string root = Path.GetFullPath(Path.Combine(Directory.Exists(graph.AppHostDirectory) ? graph.AppHostDirectory : AppContext.BaseDirectory, ".."));

    public static bool IsProcess(Resource resource) => resource is ProjectResource or RedisResource or AzureStorageResource { Emulator: not null };

    public Task<Command> CommandAsync(Resource resource, int replica, int port, CancellationToken cancellationToken) => resource switch
    {
        ProjectResource project => ProjectAsync(project, replica, port, cancellationToken),
        RedisResource redis => RedisAsync(redis, port, cancellationToken),
        AzureStorageResource { Emulator: { } emulator } => AzuriteAsync(emulator, port, cancellationToken),
        _ => throw new DistributedApplicationException($"'{resource.Name}' is nothing that local hosting starts"),
    };

    private static async Task<Command> ProjectAsync(ProjectResource project, int replica, int port, CancellationToken cancellationToken)
    {
        if (project.Metadata is not IBuiltProject { AssemblyPath: var built } || FindAssembly(built) is not { } assembly)
        {
            throw new DistributedApplicationException($"'{project.Name}' has not been built: build the AppHost's project");
        }

        var environment = new Dictionary<string, string>
        {
            ["OTEL_SERVICE_NAME"] = project.Name,
            ["OTEL_RESOURCE_ATTRIBUTES"] = $"service.instance.id={project.Name}-{replica}",
        };
        if (project.Endpoints.Count > 0)
        {
            environment["ASPNETCORE_URLS"] = $"http://localhost:{port}";
        }

        foreach (var (name, value) in project.Environment)
        {
            environment[name] = value is IValueProvider provider ? await provider.GetValueAsync(cancellationToken) ?? string.Empty : (string)value;
        }

        return new Command(Command.DotnetHost, [assembly], Path.GetDirectoryName(assembly == built ? project.Metadata.ProjectPath : assembly)!) { Environment = environment };
    }

    /// <summary>Where the build put it, or beside a packaged AppHost, in a directory of its own name.</summary>
    private static string? FindAssembly(string built) =>
        new[] { built, Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", Path.GetFileNameWithoutExtension(built), Path.GetFileName(built))) }.FirstOrDefault(File.Exists);

    private async Task<Command> RedisAsync(RedisResource redis, int port, CancellationToken cancellationToken)
    {
        var data = Data(redis);
        var password = await redis.PasswordParameter!.GetValueAsync(cancellationToken);
        var kind = configuration["LocalHosting:Redis"] is { Length: > 0 } named ? named : "garnet";

        // The password is given in a file: a command line can be read by every user of the machine.
        var settings = Path.Combine(data, $"{kind}.conf");
        if (kind == "redis-server")
        {
            var program = Command.Find(kind) ?? throw new DistributedApplicationException("redis-server was not found in the PATH; leave --redis out to run Garnet");
            await WriteSecretAsync(settings, $"bind 127.0.0.1\nport {port}\nrequirepass {password}\ndir {data}\nappendonly yes\n", cancellationToken);
            return new Command(program, [settings], data);
        }

        if (kind != "garnet")
        {
            throw new DistributedApplicationException($"'{kind}' is no Redis that local hosting knows; it is garnet or redis-server");
        }

        var assembly = await new DotnetTools(root).RestoreAsync("garnet-server", "GarnetServer.dll", cancellationToken);
        await WriteSecretAsync(settings, $$"""{ "AuthenticationMode": "Password", "Password": {{JsonSerializer.Serialize(password)}} }""", cancellationToken);

        return new Command(
            Command.DotnetHost, [assembly, "-q", "--bind", "127.0.0.1", "--port", $"{port}", "--config-import-path", settings, "--index", "16m", .. Garnet.Arguments(data)], data);
    }

    private async Task<Command> AzuriteAsync(AzureStorageEmulatorResource emulator, int port, CancellationToken cancellationToken)
    {
        var data = Data(emulator);
        var node = Command.Find("node") ?? throw new DistributedApplicationException("node was not found in the PATH; the blob store's emulator needs Node.js 20 or newer. --store filesystem goes without");
        var modules = await new NodePackages(Path.Combine(root, "src", "ModelPlatform.LocalHosting", "npm")).RestoreAsync(cancellationToken);

        // Its newest service version is older than the client's; what the client uses of it is there.
        return new Command(
            node,
            [
                Path.Combine(modules, "azurite", "dist", "src", "blob", "main.js"), "--blobHost", "127.0.0.1", "--blobPort", $"{port}", "--location", data,
                "--skipApiVersionCheck", "--disableTelemetry", "--silent",
            ],
            data);
    }

    private static string Data(ContainerResource resource)
    {
        var data = resource.DataDirectory ?? throw new DistributedApplicationException($"'{resource.Name}' needs a data directory: WithDataBindMount");
        Directory.CreateDirectory(data);
        return data;
    }

    private static async Task WriteSecretAsync(string path, string content, CancellationToken cancellationToken)
    {
        File.Delete(path);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        await using var file = new FileStream(path, options);
        await using var writer = new StreamWriter(file);
        await writer.WriteAsync(content.AsMemory(), cancellationToken);
    }
}
