using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using ModelPlatform.ModelHost.Inference;
using ModelPlatform.ModelHost.Loading;
using ModelPlatform.Registry;
using ModelPlatform.Runtimes;
using ModelPlatform.Sources;
using ModelPlatform.Sources.Runtimes;

namespace ModelPlatform.ModelHost.Hosting;

/// <summary>What the API asks of the model host. The model is named in the query, whole.</summary>
internal static class HostEndpoints
{
    public static void MapHost(this WebApplication app)
    {
        app.MapPost("/load", LoadAsync);
        app.MapPost("/unload", (HttpContext context, ModelLoader loader) => DoAsync(context, (id, _) => loader.UnloadAsync(id, context.RequestAborted)));
        app.MapPost("/reload", (HttpContext context, ModelLoader loader) => DoAsync(context, (id, order) => loader.ReloadAsync(id, order.Configuration, context.RequestAborted)));
        app.MapPost("/configure", (HttpContext context, ModelLoader loader) => DoAsync(context, (id, order) => loader.ConfigureAsync(id, order.Configuration ?? [], context.RequestAborted)));
        app.MapPost("/forget", (HttpContext context, ModelLoader loader, bool? reset) => DoAsync(context, (id, _) => loader.ForgetAsync(id, reset is true, context.RequestAborted)));
        app.MapPost("/check", (HttpContext context, ModelLoader loader) => DoAsync(context, (id, _) => loader.CheckAsync(id, context.RequestAborted)));
        app.MapPost("/infer", InferAsync);
    }

    private static Task LoadAsync(HttpContext context, ModelLoader loader, HostService service) => DoAsync(context, async (id, order) =>
    {
        if (!order.Preload)
        {
            return await loader.LoadAsync(id, order, context.RequestAborted);
        }

        service.Preload(id, order);
        return loader.Find(id)?.Record ?? new RuntimeRecord { Id = id.ToString() };
    });

    private static async Task DoAsync(HttpContext context, Func<ModelId, LoadOrder, Task<Result<RuntimeRecord>>> action)
    {
        if (!ModelId.TryParse(context.Request.Query["model"], out var id))
        {
            await RefuseAsync(context, new PlatformError(ErrorCode.InvalidRequest, "model is missing or no model id."));
            return;
        }

        var order = context.Request.ContentLength is > 0
            ? await JsonSerializer.DeserializeAsync(context.Request.Body, RuntimesJson.Default.LoadOrder, context.RequestAborted) ?? new LoadOrder()
            : new LoadOrder();
        if ((await action(id, order)).TryGet(out var record, out var error))
        {
            await context.Response.WriteAsJsonAsync(record, RuntimesJson.Default.RuntimeRecord, cancellationToken: context.RequestAborted);
        }
        else
        {
            await RefuseAsync(context, error);
        }
    }

    private static async Task InferAsync(HttpContext context, ModelInference inference, RuntimeOptions options)
    {
        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = options.MaxInputBytes;
        if (!ModelId.TryParse(context.Request.Query["model"], out var id))
        {
            await RefuseAsync(context, new PlatformError(ErrorCode.InvalidRequest, "model is missing or no model id."));
            return;
        }

        var result = await ReadAsync(context, id, inference) is var inputs && inputs.TryGet(out var tensors, out var error)
            ? await inference.RunAsync(id, tensors, context.RequestAborted)
            : inputs.Error!;
        if (!result.TryGet(out var answer, out error))
        {
            await RefuseAsync(context, error);
            return;
        }

        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        TensorJson.Write(json, answer.Outputs, answer.Milliseconds);
        await json.FlushAsync(context.RequestAborted);
    }

    private static async Task<Result<IReadOnlyList<NamedTensor>>> ReadAsync(HttpContext context, ModelId id, ModelInference inference)
    {
        var request = context.Request;
        if (request.ContentType?.StartsWith("application/octet-stream", StringComparison.OrdinalIgnoreCase) is not true)
        {
            var body = await ReadBodyAsync(context);
            return TensorJson.Read(new ReadOnlySequence<byte>(body));
        }

        if (!(await inference.DescribeAsync(id, context.RequestAborted)).TryGet(out var wanted, out var error))
        {
            return error;
        }

        var name = request.Query["name"] is [{ Length: > 0 } given] ? given : wanted is [var only] ? only.Name : null;
        var type = request.Query["dtype"] is [{ Length: > 0 } dtype] ? dtype : wanted.FirstOrDefault(input => input.Name == name)?.DataType;
        var shape = request.Query["shape"].ToString().Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(text => long.TryParse(text, CultureInfo.InvariantCulture, out var size) ? size : -1).ToArray();
        if (name is null || TensorType.SizeOf(type) is not (> 0 and var bytes) || shape.Length == 0 || TensorJson.CountOf(shape) is not { } count)
        {
            return new PlatformError(ErrorCode.InvalidRequest, $"Raw bytes need ?name=&dtype=&shape=, for example ?name=x&dtype=float32&shape=1,3,48,320. Inputs: {string.Join(", ", wanted.Select(input => $"{input.Name} {input.DataType}"))}.");
        }

        var data = await ReadBodyAsync(context);
        return data.Length == count * bytes
            ? new[] { new NamedTensor(name, type!, shape, data) }
            : new PlatformError(ErrorCode.InvalidRequest, $"The body has {data.Length} bytes; {type} [{string.Join(", ", shape)}] has {count * bytes}.");
    }

    private static async Task<byte[]> ReadBodyAsync(HttpContext context)
    {
        using var body = new MemoryStream((int)Math.Min(context.Request.ContentLength ?? 0, 64 * 1024 * 1024));
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        return body.Length == body.Capacity ? body.GetBuffer() : body.ToArray();
    }

    private static Task RefuseAsync(HttpContext context, PlatformError error)
    {
        context.Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
        return context.Response.WriteAsJsonAsync(HostRefusal.Of(error), RuntimesJson.Default.HostRefusal, cancellationToken: context.RequestAborted);
    }
}
