using System.Collections.Concurrent;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ModelPlatform.FunctionalTests.Telemetry;

/// <summary>A collector that takes OTLP as <c>http/protobuf</c> and keeps what of it the tests look at.</summary>
public sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentQueue<ReceivedSpan> spans = new();
    private readonly ConcurrentDictionary<string, int> requests = new(StringComparer.Ordinal);

    private OtlpReceiver()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        app = builder.Build();
        app.MapPost("/v1/{signal}", ReceiveAsync);
    }

    public string Address => app.Urls.First();

    public IReadOnlyCollection<ReceivedSpan> Spans => spans;

    /// <summary>How many exports of a signal (traces, metrics, logs) came in.</summary>
    public int Requests(string signal) => requests.GetValueOrDefault(signal);

    public static async Task<OtlpReceiver> StartAsync()
    {
        var receiver = new OtlpReceiver();
        await receiver.app.StartAsync();
        return receiver;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task<IResult> ReceiveAsync(string signal, HttpRequest request)
    {
        requests.AddOrUpdate(signal, 1, (_, before) => before + 1);
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        if (signal == "traces")
        {
            Read(ByteString.CopyFrom(body.ToArray()));
        }

        return Results.Bytes([], "application/x-protobuf");
    }

    // ExportTraceServiceRequest { 1 resource_spans { 1 resource { 1 attributes }, 2 scope_spans { 1 scope { 1 name }, 2 spans } } }
    private void Read(ByteString export)
    {
        foreach (var resourceSpans in Fields(export)[1])
        {
            var ofResource = Fields(resourceSpans);
            var service = ofResource[1].SelectMany(resource => Fields(resource)[1]).Select(Attribute).FirstOrDefault(attribute => attribute.Key == "service.name").Value ?? string.Empty;
            foreach (var scopeSpans in ofResource[2])
            {
                var ofScope = Fields(scopeSpans);
                var scope = ofScope[1].SelectMany(found => Fields(found)[1]).FirstOrDefault()?.ToStringUtf8() ?? string.Empty;
                foreach (var span in ofScope[2])
                {
                    spans.Enqueue(Span(service, scope, Fields(span)));
                }
            }
        }
    }

    private static ReceivedSpan Span(string service, string scope, ILookup<int, ByteString> fields)
    {
        string Hex(int field) => Convert.ToHexStringLower((fields[field].FirstOrDefault() ?? ByteString.Empty).Span);
        var attributes = fields[9].Select(Attribute).ToDictionary(attribute => attribute.Key, attribute => attribute.Value, StringComparer.Ordinal);
        return new ReceivedSpan(service, scope, fields[5].First().ToStringUtf8(), Hex(1), Hex(2), Hex(4), attributes);
    }

    private static KeyValuePair<string, string?> Attribute(ByteString pair)
    {
        var fields = Fields(pair);
        var value = fields[2].Select(any => Fields(any)).FirstOrDefault();
        return new(fields[1].First().ToStringUtf8(), value?[1].FirstOrDefault()?.ToStringUtf8());
    }

    /// <summary>The length-delimited fields of a message, by number.</summary>
    private static ILookup<int, ByteString> Fields(ByteString message)
    {
        var found = new List<(int Field, ByteString Value)>();
        using var input = message.CreateCodedInput();
        for (var tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            if (WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited)
            {
                found.Add((WireFormat.GetTagFieldNumber(tag), input.ReadBytes()));
            }
            else
            {
                input.SkipLastField();
            }
        }

        return found.ToLookup(pair => pair.Field, pair => pair.Value);
    }
}
