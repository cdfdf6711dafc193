using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Azure;

namespace ModelPlatform.LocalHosting.Publishing;

/// <summary>Writes the deployment manifest that Aspire writes for this graph, which is what azd reads, and the bicep files that it names beside it.</summary>
internal sealed class ManifestPublisher(Graph graph, string path)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly string directory = Path.GetDirectoryName(Path.GetFullPath(path))!;

    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(directory);
        var resources = new JsonObject();
        foreach (var resource in graph.Resources)
        {
            resources[resource.Name] = await DescribeAsync(resource, cancellationToken);
        }

        foreach (var storage in graph.Resources.OfType<AzureStorageResource>())
        {
            resources[$"{storage.Name}-roles"] = await RolesAsync(storage, cancellationToken);
        }

        foreach (var redis in graph.Resources.OfType<RedisResource>())
        {
            var password = redis.PasswordParameter!;
            resources.TryAdd(password.Name, Describe(password));
            resources[$"{password.Name}-uri-encoded"] = new JsonObject { ["type"] = "annotated.string", ["value"] = password.ValueExpression, ["filter"] = "uri" };
            resources[RedisManifest.TlsName(redis)] = new JsonObject { ["type"] = "value.v0", ["connectionString"] = string.Empty };
        }

        await File.WriteAllTextAsync(path, new JsonObject { ["resources"] = resources }.ToJsonString(Indented), cancellationToken);
        Console.WriteLine($"Published manifest to: {path}");
    }

    private async Task<JsonObject> DescribeAsync(Resource resource, CancellationToken cancellationToken) => resource switch
    {
        ProjectResource project => Describe(project),
        RedisResource redis => RedisManifest.Describe(redis),
        ParameterResource parameter => Describe(parameter),
        AzureStorageResource storage => await BicepAsync(storage.Name, "storage.module.bicep", storage.Name, cancellationToken),
        AzureBlobStorageResource blobs => new JsonObject { ["type"] = "value.v0", ["connectionString"] = blobs.ConnectionStringExpression.ValueExpression },
        _ => throw new DistributedApplicationException($"'{resource.Name}' has no form in the manifest"),
    };

    private JsonObject Describe(ProjectResource project)
    {
        var environment = new JsonObject
        {
            ["OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY"] = "in_memory",
            ["ASPNETCORE_FORWARDEDHEADERS_ENABLED"] = "true",
            ["HTTP_PORTS"] = string.Join(';', project.Endpoints.Select(endpoint => $"{{{project.Name}.bindings.{endpoint.Name}.targetPort}}")),
        };
        foreach (var (name, value) in project.Environment)
        {
            environment[name] = value is IManifestExpressionProvider provider ? provider.ValueExpression : (string)value;
        }

        return new JsonObject
        {
            ["type"] = "project.v0",
            ["path"] = Path.GetRelativePath(directory, project.Metadata.ProjectPath).Replace('\\', '/'),
            ["env"] = environment,
            ["bindings"] = Bindings(project),
        };
    }

    private static JsonObject Describe(ParameterResource parameter)
    {
        var input = new JsonObject { ["type"] = "string" };
        if (parameter.Secret)
        {
            input["secret"] = true;
        }

        if (parameter.IsGenerated)
        {
            input["default"] = new JsonObject { ["generate"] = new JsonObject { ["minLength"] = 22, ["special"] = false } };
        }

        return new JsonObject
        {
            ["type"] = "parameter.v0",
            ["value"] = $"{{{parameter.Name}.inputs.value}}",
            ["inputs"] = new JsonObject { ["value"] = input },
        };
    }

    internal static JsonObject Bindings(Resource resource)
    {
        var bindings = new JsonObject();
        foreach (var endpoint in resource.Endpoints)
        {
            var binding = new JsonObject { ["scheme"] = endpoint.Scheme, ["protocol"] = "tcp", ["transport"] = endpoint.Transport };
            if (endpoint.TargetPort is { } targetPort)
            {
                binding["targetPort"] = targetPort;
            }

            if (endpoint.IsExternal)
            {
                binding["external"] = true;
            }

            bindings[endpoint.Name] = binding;
        }

        return bindings;
    }

    private async Task<JsonObject> RolesAsync(AzureStorageResource storage, CancellationToken cancellationToken)
    {
        var description = await BicepAsync($"{storage.Name}-roles", "storage-roles.module.bicep", storage.Name, cancellationToken);
        description["params"] = new JsonObject
        {
            [$"{storage.Name.Replace('-', '_')}_outputs_name"] = $"{{{storage.Name}.outputs.name}}",
            ["principalType"] = string.Empty,
            ["principalId"] = string.Empty,
        };
        return description;
    }

    private async Task<JsonObject> BicepAsync(string name, string template, string storage, CancellationToken cancellationToken)
    {
        var file = $"{name}.module.bicep";
        using var reader = new StreamReader(typeof(ManifestPublisher).Assembly.GetManifestResourceStream($"bicep/{template}")!);
        var bicep = (await reader.ReadToEndAsync(cancellationToken)).Replace("STORAGE", storage.Replace('-', '_'), StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(directory, file), bicep, cancellationToken);
        return new JsonObject { ["type"] = "azure.bicep.v0", ["path"] = file };
    }
}
