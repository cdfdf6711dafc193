using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Logging;

namespace ModelPlatform.Benchmarks;

/// <summary>A directory served over HTTP on the loopback: by nginx where it is installed, by Kestrel otherwise.</summary>
internal sealed class FileOrigin : IAsyncDisposable
{
    private readonly Process? nginx;
    private readonly WebApplication? kestrel;

    private FileOrigin(Uri address, Process? nginx, WebApplication? kestrel) => (Address, this.nginx, this.kestrel) = (address, nginx, kestrel);

    public Uri Address { get; }

    public static async Task<FileOrigin> StartAsync(string directory)
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        var address = new Uri($"http://127.0.0.1:{port}/");
        if (Contest.Has("nginx"))
        {
            var configuration = Path.Combine(directory, "nginx.conf");
            await File.WriteAllTextAsync(configuration, $$"""
                daemon off; worker_processes 1; pid {{directory}}/nginx.pid; error_log /dev/null;
                events { worker_connections 256; }
                http {
                  access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000; types { } default_type application/octet-stream;
                  client_body_temp_path {{directory}}/t1; proxy_temp_path {{directory}}/t2; fastcgi_temp_path {{directory}}/t3; uwsgi_temp_path {{directory}}/t4; scgi_temp_path {{directory}}/t5;
                  server { listen 127.0.0.1:{{port}}; root {{directory}}; }
                }
                """);
            var nginx = Process.Start(new ProcessStartInfo(File.Exists("/usr/sbin/nginx") ? "/usr/sbin/nginx" : "nginx", ["-c", configuration, "-p", directory, "-e", "/dev/null"]))!;
            await Task.Delay(500);
            return new FileOrigin(address, nginx, null);
        }

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(address.ToString());
        var kestrel = builder.Build();
        kestrel.UseStaticFiles(new StaticFileOptions { FileProvider = new PhysicalFileProvider(directory), ServeUnknownFileTypes = true });
        await kestrel.StartAsync();
        return new FileOrigin(address, null, kestrel);
    }

    /// <summary>Writes a file in which no chunk is like another.</summary>
    /// <returns>Its SHA-256.</returns>
    public static async Task<string> WriteFileAsync(string path, long bytes)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var file = File.Create(path);
        var block = new byte[1024 * 1024];
        for (var written = 0L; written < bytes; written += block.Length)
        {
            RandomNumberGenerator.Fill(block);
            hash.AppendData(block);
            await file.WriteAsync(block);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public async ValueTask DisposeAsync()
    {
        if (nginx is not null)
        {
            nginx.Kill(entireProcessTree: true);
            nginx.Dispose();
        }

        if (kestrel is not null)
        {
            await kestrel.DisposeAsync();
        }
    }
}
