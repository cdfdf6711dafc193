using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Azure;

namespace ModelPlatform.LocalHosting.Running;

/// <summary>Asks a resource whether it is ready.</summary>
internal sealed class HealthProbe : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly HttpClient http = new(new SocketsHttpHandler { UseProxy = false, ConnectTimeout = Patience }) { Timeout = Patience };

    public async Task<bool> IsHealthyAsync(Resource resource, int port, CancellationToken cancellationToken)
    {
        try
        {
            return resource switch
            {
                RedisResource redis => await AnswersPingAsync(await redis.PasswordParameter!.GetValueAsync(cancellationToken), port, cancellationToken),
                AzureStorageResource => await AnswersAsync($"http://127.0.0.1:{port}/", cancellationToken) is not null,
                { HealthPath: { } path } => await AnswersAsync($"http://localhost:{port}{path}", cancellationToken) == 200,
                _ => true,
            };
        }
        catch (Exception exception) when (exception is HttpRequestException or SocketException or IOException or TimeoutException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    public void Dispose() => http.Dispose();

    private static async Task<bool> AnswersPingAsync(string? password, int port, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, cancellationToken).AsTask().WaitAsync(Patience, cancellationToken);
        await using var stream = client.GetStream();
        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"*2\r\n$4\r\nAUTH\r\n${password!.Length}\r\n{password}\r\n*1\r\n$4\r\nPING\r\n"), cancellationToken);
        using var reader = new StreamReader(stream, System.Text.Encoding.ASCII);
        for (var i = 0; i < 2; i++)
        {
            if (await reader.ReadLineAsync(cancellationToken).AsTask().WaitAsync(Patience, cancellationToken) is "+PONG")
            {
                return true;
            }
        }

        return false;
    }

    private async Task<int?> AnswersAsync(string address, CancellationToken cancellationToken)
    {
        using var response = await http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        return (int)response.StatusCode;
    }
}
