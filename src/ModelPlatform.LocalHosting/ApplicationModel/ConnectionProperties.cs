namespace Aspire.Hosting.ApplicationModel;

/// <summary>What Aspire hands over beside a connection string, for programs that take its parts.</summary>
internal static class ConnectionProperties
{
    public static IEnumerable<(string Name, object Value)> Of(IResource resource)
    {
        var prefix = resource.Name.Replace('-', '_').ToUpperInvariant();
        switch (resource)
        {
            case RedisResource { PasswordParameter: { } password } redis:
                var host = new DualValue($"{{{redis.Name}.bindings.tcp.host}}", _ => ValueTask.FromResult<string?>("127.0.0.1"));
                var port = new DualValue($"{{{redis.Name}.bindings.tcp.port}}", async token => $"{await redis.Endpoints[0].AllocatedPort.WaitAsync(token)}");
                var scheme = new DualValue($"{{{redis.Name}.bindings.tcp.scheme}}", _ => ValueTask.FromResult<string?>("redis"));
                var encoded = new DualValue($"{{{password.Name}-uri-encoded.value}}", async token => Uri.EscapeDataString(await password.GetValueAsync(token) ?? string.Empty));
                yield return ($"{prefix}_HOST", host);
                yield return ($"{prefix}_PORT", port);
                yield return ($"{prefix}_PASSWORD", password);
                yield return ($"{prefix}_URI", new ReferenceExpression(scheme, "://:", encoded, "@", host, ":", port));
                break;
            case Azure.AzureBlobStorageResource blobs:
                yield return ($"{prefix}_URI", new DualValue($"{{{blobs.Parent.Name}.outputs.blobEndpoint}}", async token => $"http://127.0.0.1:{await blobs.Parent.Endpoints[0].AllocatedPort.WaitAsync(token)}/devstoreaccount1"));
                break;
        }
    }
}
