using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using ModelPlatform.Dashboard.Access;
using ModelPlatform.Dashboard.Live;
using ModelPlatform.Dashboard.Platform;
using ModelPlatform.Dashboard.Tests.Client;
using MudBlazor.Services;

namespace ModelPlatform.Dashboard.Tests.Components;

/// <summary>Components rendered for real, against an API that answers what a test recorded.</summary>
public abstract class ComponentTest : BunitContext, IAsyncLifetime
{
    private readonly Dictionary<string, (int Status, string Json)> answers = new(StringComparer.Ordinal);
    private RecordedApi api = null!;

    private protected IReadOnlyCollection<RecordedRequest> Requests => api.Requests;

    private protected LiveState Live => Services.GetRequiredService<LiveState>();

    public async ValueTask InitializeAsync()
    {
        api = await RecordedApi.StartAsync(async context =>
        {
            var (status, json) = Find($"{context.Request.Method} {context.Request.Path}");
            context.Response.StatusCode = status;
            context.Response.ContentType = status < 400 ? "application/json" : "application/problem+json";
            await Microsoft.AspNetCore.Http.HttpResponseWritingExtensions.WriteAsync(context.Response, json);
        });
        JSInterop.Mode = JSRuntimeMode.Loose;
        Services.AddMudServices();
        Services.AddLogging();
        Services.AddSingleton(TimeProvider.System);
        Services.AddSingleton(new PlatformAddress(api.Address, api.Address));
        Services.AddSingleton(new AccessOptions(new Microsoft.Extensions.Configuration.ConfigurationBuilder().Build()));
        Services.AddSingleton(_ => api.Client());
        Services.AddSingleton<LiveFeed>();
        Services.AddSingleton<LiveState>();
        Services.AddSingleton<IHostApplicationLifetime>(new Microsoft.Extensions.Hosting.Internal.ApplicationLifetime(NullLogger<Microsoft.Extensions.Hosting.Internal.ApplicationLifetime>.Instance));
        Services.AddScoped<Problems>();
    }

    /// <summary>What the API answers to a request such as <c>GET /ModelList</c>.</summary>
    protected void Answer(string request, string json, int status = 200)
    {
        lock (answers)
        {
            answers[request] = (status, json);
        }
    }

    private (int Status, string Json) Find(string request)
    {
        lock (answers)
        {
            return answers.GetValueOrDefault(request, (404, """{"error":"No such route","code":"NOT_FOUND","retryable":false}"""));
        }
    }

    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        await DisposeAsync();
        await api.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
