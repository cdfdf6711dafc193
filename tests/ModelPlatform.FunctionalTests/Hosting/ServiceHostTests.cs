using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace ModelPlatform.FunctionalTests.Hosting;

/// <summary>How a service alone explains why it does not start.</summary>
public sealed class ServiceHostTests
{
    private sealed class Settings
    {
        public int Count { get; set; }
    }

    [Fact]
    public async Task Run_UnknownKey_NamesItInOneLine()
    {
        var (code, error) = await RunAsync(builder =>
        {
            builder.Configuration["Room:Countt"] = "1";
            builder.Services.AddOptions<Settings>().BindConfiguration("Room", options => options.ErrorOnUnknownConfiguration = true).ValidateOnStart();
        });

        Assert.Equal(1, code);
        Assert.StartsWith("ModelPlatform: unknown setting 'Countt'", error);
        Assert.DoesNotContain('\n', error.TrimEnd());
    }

    [Fact]
    public async Task Run_ValueOfTheWrongType_NamesItInOneLine()
    {
        var (code, error) = await RunAsync(builder =>
        {
            builder.Configuration["Room:Count"] = "many";
            builder.Services.AddOptions<Settings>().BindConfiguration("Room").ValidateOnStart();
        });

        Assert.Equal(1, code);
        Assert.Contains("Room:Count", error);
        Assert.DoesNotContain('\n', error.TrimEnd());
    }

    [Fact]
    public async Task Run_RefusedValue_SaysWhy()
    {
        var (code, error) = await RunAsync(builder =>
            builder.Services.AddOptions<Settings>().Validate(settings => settings.Count > 0, "Room:Count is a number above 0").ValidateOnStart());

        Assert.Equal((1, "ModelPlatform: Room:Count is a number above 0"), (code, error.TrimEnd()));
    }

    [Fact]
    public async Task Run_PortInUse_SaysSoInOneLine()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var address = $"http://127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}";

        var (code, error) = await RunAsync(builder => builder.WebHost.UseUrls(address));

        Assert.Equal(1, code);
        Assert.Contains(address, error);
        Assert.Contains("in use", error);
        Assert.DoesNotContain('\n', error.TrimEnd());
    }

    [Theory]
    [InlineData("", "AccountName=x", "ConnectionStrings:redis")]
    [InlineData("localhost:1,password=hush,what=1", "UseDevelopmentStorage=true", "ConnectionStrings:redis")]
    [InlineData("localhost:1", "AccountName=x;AccountKey=hush!", "ConnectionStrings:blobs")]
    [InlineData("localhost:1", "ftp://store.example/", "ConnectionStrings:blobs")]
    public async Task Run_WithStores_RefusesWrongConnectionStringsAndKeepsThemSecret(string redis, string blobs, string told)
    {
        var (code, error) = await RunAsync(builder =>
        {
            builder.Configuration["ConnectionStrings:redis"] = redis;
            builder.Configuration["ConnectionStrings:blobs"] = blobs;
            builder.AddStoreClients();
        });

        Assert.Equal(1, code);
        Assert.Contains(told, error);
        Assert.DoesNotContain("hush", error);
        Assert.DoesNotContain('\n', error.TrimEnd());
    }

    [Fact]
    public async Task Run_WhereAddingThrows_IsAStartFailureToo()
    {
        var (code, error) = await RunAsync(_ => throw new InvalidOperationException("no such\nthing"));

        Assert.Equal((1, "ModelPlatform: no such thing"), (code, error.TrimEnd()));
    }

    private static async Task<(int Code, string Error)> RunAsync(Action<WebApplicationBuilder> add)
    {
        var (before, written) = (Console.Error, new StringWriter());
        Console.SetError(written);
        try
        {
            var code = await ServiceHost.RunOrExplainAsync(
                ["--urls", "http://127.0.0.1:0"],
                builder =>
                {
                    builder.AddServiceDefaults();
                    add(builder);
                },
                app =>
                {
                    app.MapDefaultEndpoints();
                    app.Lifetime.ApplicationStarted.Register(app.Lifetime.StopApplication);
                });
            return (code, written.ToString());
        }
        finally
        {
            Console.SetError(before);
        }
    }
}
