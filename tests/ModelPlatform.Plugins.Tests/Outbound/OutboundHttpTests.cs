using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging.Abstractions;
using ModelPlatform.Plugins.Outbound;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.Tests.Outbound;

public sealed class OutboundHttpTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static OutboundHttp Create(IEnumerable<string>? allowed = null, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null, Action<OutboundOptions>? configure = null, IHostWaits? waits = null)
    {
        var options = new OutboundOptions();
        foreach (var origin in allowed ?? [])
        {
            options.AllowedOrigins.Add(origin);
        }

        configure?.Invoke(options);
        return new OutboundHttp(options, waits ?? new ProcessHostWaits(TimeProvider.System), TimeProvider.System, NullLogger<OutboundHttp>.Instance, resolve ?? Dns.GetHostAddressesAsync);
    }

    private static async Task<Result<SourceHttpResponse>> GetAsync(OutboundHttp http, string url, SourceHttpOptions? options = null, Action<HttpRequestMessage>? edit = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        edit?.Invoke(request);
        return await http.SendAsync(request, options ?? SourceHttpOptions.Default, Stop);
    }

    [Theory]
    [InlineData("http://127.0.0.1:{0}/")]
    [InlineData("http://localhost:{0}/")]
    [InlineData("http://LOCALHOST.:{0}/")]
    [InlineData("http://2130706433:{0}/")]
    [InlineData("http://0x7f000001:{0}/")]
    [InlineData("http://0x7f.0.0.1:{0}/")]
    [InlineData("http://0177.0.0.1:{0}/")]
    [InlineData("http://017700000001:{0}/")]
    [InlineData("http://127.1:{0}/")]
    [InlineData("http://127.0.1:{0}/")]
    [InlineData("http://0:{0}/")]
    [InlineData("http://0.0.0.0:{0}/")]
    [InlineData("http://[::1]:{0}/")]
    [InlineData("http://[::]:{0}/")]
    [InlineData("http://[::ffff:127.0.0.1]:{0}/")]
    [InlineData("http://[::ffff:7f00:1]:{0}/")]
    [InlineData("http://[64:ff9b::7f00:1]:{0}/")]
    [InlineData("http://[2002:7f00:1::]:{0}/")]
    [InlineData("http://127\u30020\u30020\u30021:{0}/")]
    [InlineData("http://\u2460\u2461\u2466.0.0.1:{0}/")]
    [InlineData("http://%6c%6f%63alhost:{0}/")]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    public async Task SendAsync_PrivateAddressInAnySpelling_NeverReached(string template)
    {
        var reached = 0;
        await using var origin = await TestOrigin.StartAsync(context =>
        {
            Interlocked.Increment(ref reached);
            return context.Response.WriteAsync("secret");
        });
        using var http = Create();
        var url = string.Format(System.Globalization.CultureInfo.InvariantCulture, template, origin.Uri.Port);
        if (!Uri.TryCreate(url, UriKind.Absolute, out _))
        {
            return; // .NET refuses to read it as a URL at all: nothing to send.
        }

        var result = await GetAsync(http, url);

        Assert.False(result.IsSuccess);
        Assert.Contains(result.Error.Code, new[] { ErrorCode.SecurityViolation, ErrorCode.ConnectionFailed });
        Assert.DoesNotContain("secret", result.Error.Message);
        Assert.Equal(0, reached);
    }

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://example.org/x")]
    [InlineData("gopher://example.org/x")]
    [InlineData("data:text/plain,x")]
    [InlineData("http://user@example.org/")]
    [InlineData("http://user:pass@example.org/")]
    [InlineData("http://@example.org/")]
    [InlineData("http://example.org%2f@127.0.0.1/")]
    [InlineData("http://example.org#@127.0.0.1/x")]
    public async Task SendAsync_ForbiddenForm_SecurityViolation(string url)
    {
        using var http = Create(resolve: (_, _) => Task.FromResult(new[] { IPAddress.Loopback }));
        var result = await GetAsync(http, url);
        Assert.Equal(ErrorCode.SecurityViolation, result.Error?.Code);
        Assert.DoesNotContain("pass", result.Error!.Message);
    }

    [Fact]
    public async Task SendAsync_OneOfSeveralAddressesPrivate_Refused()
    {
        using var http = Create(resolve: (_, _) => Task.FromResult(new[] { IPAddress.Parse("1.1.1.1"), IPAddress.Loopback }));
        var result = await GetAsync(http, "http://mixed.example/");
        Assert.Equal(ErrorCode.SecurityViolation, result.Error?.Code);
        Assert.DoesNotContain("127.0.0.1", result.Error!.Message);
    }

    [Fact]
    public async Task SendAsync_NameThatRebinds_ResolvedOncePerConnectionAndRefused()
    {
        var calls = 0;
        using var http = Create(resolve: (_, _) => Task.FromResult(new[] { Interlocked.Increment(ref calls) == 1 ? IPAddress.Loopback : IPAddress.Parse("1.1.1.1") }));
        var result = await GetAsync(http, "http://rebind.example/");
        Assert.Equal(ErrorCode.SecurityViolation, result.Error?.Code);
        Assert.Equal(1, calls);
    }

    [Fact]
    public async Task SendAsync_AllowedOrigin_ReachedButNotItsNeighbour()
    {
        await using var origin = await TestOrigin.StartAsync(context => context.Response.WriteAsync("here"));
        await using var neighbour = await TestOrigin.StartAsync(context => context.Response.WriteAsync("there"));
        using var http = Create([origin.Origin]);

        var reached = await GetAsync(http, origin.Origin);
        using (reached.Value)
        {
            Assert.Equal("here", await reached.Value.Message.Content.ReadAsStringAsync(Stop));
        }

        Assert.Equal(ErrorCode.SecurityViolation, (await GetAsync(http, neighbour.Origin)).Error?.Code);
        Assert.Equal(ErrorCode.SecurityViolation, (await GetAsync(http, origin.Origin.Replace("127.0.0.1", "localhost"))).Error?.Code);
    }

    [Fact]
    public async Task SendAsync_ConnectionPooledForTrustedOrigin_NotReusedUnderTheFullRule()
    {
        await using var origin = await TestOrigin.StartAsync(context => context.Response.WriteAsync("here"));
        using var http = Create();
        using (var trusted = (await GetAsync(http, origin.Origin, new SourceHttpOptions { TrustedOrigins = [origin.Uri] })).Value)
        {
            await trusted.Message.Content.ReadAsByteArrayAsync(Stop);
        }

        Assert.Equal(ErrorCode.SecurityViolation, (await GetAsync(http, origin.Origin)).Error?.Code);
    }

    [Theory]
    [InlineData("http://127.0.0.2:{0}/")]
    [InlineData("http://localhost:{0}/")]
    [InlineData("http://[::ffff:127.0.0.1]:{0}/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("http://user@127.0.0.1:{0}/")]
    public async Task SendAsync_AllowedOriginRedirectsElsewhere_Refused(string target)
    {
        await using var other = await TestOrigin.StartAsync(context => context.Response.WriteAsync("secret"));
        var location = string.Format(System.Globalization.CultureInfo.InvariantCulture, target, other.Uri.Port);
        await using var origin = await TestOrigin.StartAsync(context =>
        {
            context.Response.StatusCode = 302;
            context.Response.Headers.Location = location;
            return Task.CompletedTask;
        });
        using var http = Create([origin.Origin]);
        var result = await GetAsync(http, origin.Origin);
        Assert.Equal(ErrorCode.SecurityViolation, result.Error?.Code);
        Assert.StartsWith($"{origin.Origin}, redirect 1: ", result.Error!.Message);
        Assert.DoesNotContain(location, result.Error.Message);
    }

    [Fact]
    public async Task SendAsync_FiveRedirects_FollowedAndToldHopByHop()
    {
        await using var origin = await TestOrigin.StartAsync(Countdown);
        using var http = Create([origin.Origin]);
        using var response = (await GetAsync(http, origin.At("/5").ToString())).Value;
        Assert.Equal("arrived", await response.Message.Content.ReadAsStringAsync(Stop));
        Assert.Equal(["/5", "/4", "/3", "/2", "/1"], response.Hops.Select(hop => hop.Uri.AbsolutePath));
        Assert.All(response.Hops, hop => Assert.Equal("linked", hop.Headers["x-linked-etag"]));
        Assert.Equal("/0", response.FinalUri.AbsolutePath);
    }

    [Fact]
    public async Task SendAsync_SixRedirects_Refused()
    {
        await using var origin = await TestOrigin.StartAsync(Countdown);
        using var http = Create([origin.Origin]);
        Assert.Equal(ErrorCode.SecurityViolation, (await GetAsync(http, origin.At("/6").ToString())).Error?.Code);
    }

    private static Task Countdown(HttpContext context)
    {
        var left = int.Parse(context.Request.Path.Value![1..], System.Globalization.CultureInfo.InvariantCulture);
        if (left == 0)
        {
            return context.Response.WriteAsync("arrived");
        }

        context.Response.StatusCode = 302;
        context.Response.Headers["X-Linked-Etag"] = "linked";
        context.Response.Headers.Location = $"/{left - 1}";
        return Task.CompletedTask;
    }

    [Fact]
    public async Task SendAsync_RedirectToOtherOriginAndBack_CredentialsStayHome()
    {
        var seen = new List<string>();
        string first = "", second = "";
        await using var there = await TestOrigin.StartAsync(context =>
        {
            seen.Add($"there {context.Request.Headers.Authorization}{context.Request.Headers.Cookie}{context.Request.Headers.Range}");
            context.Response.Redirect(first + "/end");
            return Task.CompletedTask;
        });
        await using var home = await TestOrigin.StartAsync(context =>
        {
            seen.Add($"home {context.Request.Headers.Authorization}{context.Request.Headers.Cookie}{context.Request.Headers.Range}");
            if (context.Request.Path != "/end")
            {
                context.Response.Redirect(context.Request.Path == "/" ? "/again" : second);
            }

            return Task.CompletedTask;
        });
        (first, second) = (home.Origin, there.Origin);
        using var http = Create([home.Origin, there.Origin]);
        using var response = (await GetAsync(http, home.Origin, edit: request =>
        {
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer T");
            request.Headers.TryAddWithoutValidation("Cookie", "c=1");
            request.Headers.TryAddWithoutValidation("Range", "bytes=1-");
        })).Value;
        Assert.Equal(["home Bearer Tc=1bytes=1-", "home Bearer Tc=1bytes=1-", "there bytes=1-", "home bytes=1-"], seen);
    }

    [Fact]
    public async Task SendAsync_PostRedirectedWith307_BodySentAgain()
    {
        await using var origin = await TestOrigin.StartAsync(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var body = await reader.ReadToEndAsync();
            if (context.Request.Path == "/")
            {
                context.Response.StatusCode = 307;
                context.Response.Headers.Location = "/next";
                return;
            }

            await context.Response.WriteAsync($"{context.Request.Method} {body}");
        });
        using var http = Create([origin.Origin]);
        using var request = new HttpRequestMessage(HttpMethod.Post, origin.Origin) { Content = new StringContent("hello") };
        using var response = (await http.SendAsync(request, SourceHttpOptions.Default, Stop)).Value;
        Assert.Equal("POST hello", await response.Message.Content.ReadAsStringAsync(Stop));
    }

    [Fact]
    public async Task SendAsync_UntrustedCertificate_RefusedAndNamed()
    {
        using var certificate = SelfSigned();
        await using var origin = await TestOrigin.StartAsync(context => context.Response.WriteAsync("never"), certificate);
        using var http = Create([origin.Origin]);
        var result = await GetAsync(http, origin.Origin);
        Assert.Equal(ErrorCode.ConnectionFailed, result.Error?.Code);
        Assert.Contains("TLS", result.Error!.Message);
        Assert.Contains("certificate", result.Error.Message);
    }

    [Theory]
    [InlineData("https://a.example/", "http://a.example/", true)]
    [InlineData("http://a.example/", "https://a.example/", false)]
    [InlineData("https://a.example/", "https://b.example/", false)]
    public void NextHop_SchemeGetsWeaker_Refused(string from, string to, bool refused)
    {
        using var http = Create();
        using var answer = new HttpResponseMessage(HttpStatusCode.Found);
        answer.Headers.Location = new Uri(to);
        Assert.Equal(refused, !http.NextHop(new Uri(from), answer, new OutboundHttp.Hop(new Uri(from), 0)).IsSuccess);
    }

    [Fact]
    public async Task SendAsync_DnsRefusedAndTls_AreDistinct()
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        using var http = Create([$"http://127.0.0.1:{port}"], resolve: (_, _) => throw new SocketException((int)SocketError.HostNotFound));
        var refused = await GetAsync(http, $"http://127.0.0.1:{port}/");
        var dns = await GetAsync(http, "http://nowhere.example/");
        Assert.Equal((ErrorCode.ConnectionFailed, ErrorCode.ConnectionFailed), (refused.Error!.Code, dns.Error!.Code));
        Assert.Contains("refused", refused.Error.Message);
        Assert.Contains("DNS", dns.Error.Message);
    }

    [Theory]
    [InlineData(404, ErrorCode.ModelNotFound)]
    [InlineData(410, ErrorCode.ModelNotFound)]
    [InlineData(451, ErrorCode.ModelNotFound)]
    [InlineData(401, ErrorCode.AccessDenied)]
    [InlineData(403, ErrorCode.AccessDenied)]
    [InlineData(429, ErrorCode.RateLimited)]
    [InlineData(500, ErrorCode.SourceServerError)]
    [InlineData(503, ErrorCode.SourceServerError)]
    [InlineData(400, ErrorCode.InvalidRequest)]
    [InlineData(412, ErrorCode.PreconditionFailed)]
    public async Task SendAsync_ErrorStatus_ItsCode(int status, ErrorCode code)
    {
        await using var origin = await TestOrigin.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            return context.Response.WriteAsync("secret text");
        });
        using var http = Create([origin.Origin]);
        var result = await GetAsync(http, origin.Origin);
        Assert.Equal(code, result.Error?.Code);
        Assert.DoesNotContain("secret", result.Error!.Message);
        Assert.Contains(origin.Origin, result.Error.Message);
        Assert.Equal(status == 429 ? TimeSpan.FromSeconds(60) : null, result.Error.RetryAfter);
    }

    [Fact]
    public async Task SendAsync_AfterRateLimit_HostIsLeftAloneWithoutAsking()
    {
        var asked = 0;
        await using var origin = await TestOrigin.StartAsync(context =>
        {
            asked++;
            context.Response.StatusCode = 429;
            context.Response.Headers.RetryAfter = "7";
            return Task.CompletedTask;
        });
        var waits = new ProcessHostWaits(TimeProvider.System);
        using var http = Create([origin.Origin], waits: waits);
        using var another = Create([origin.Origin], waits: waits);
        var first = await GetAsync(http, origin.Origin);
        var second = await GetAsync(another, origin.At("/other").ToString());
        Assert.Equal(TimeSpan.FromSeconds(7), first.Error?.RetryAfter);
        Assert.Equal(ErrorCode.RateLimited, second.Error?.Code);
        Assert.InRange(second.Error!.RetryAfter!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(7));
        Assert.Equal(1, asked);
        Assert.Equal([$"127.0.0.1:{origin.Uri.Port}"], (await waits.ListAsync(Stop)).Keys);
    }

    [Fact]
    public async Task SendAsync_AnyAnswer_IsNeverDecoded()
    {
        string? encodings = null;
        await using var origin = await TestOrigin.StartAsync(async context =>
        {
            encodings = context.Request.Headers.AcceptEncoding;
            context.Response.Headers.ContentEncoding = "gzip";
            await context.Response.Body.WriteAsync(new byte[] { 31, 139, 8, 0 });
        });
        using var http = Create([origin.Origin]);
        using var response = (await GetAsync(http, origin.Origin)).Value;
        Assert.Equal([31, 139, 8, 0], await response.Message.Content.ReadAsByteArrayAsync(Stop));
        Assert.Equal("identity", encodings);
    }

    [Fact]
    public async Task SendAsync_NoHeaders_NetworkTimeout()
    {
        await using var origin = await TestOrigin.StartAsync(context => Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default));
        using var http = Create([origin.Origin], configure: options => options.NoProgressTimeout = TimeSpan.FromMilliseconds(200));
        Assert.Equal(ErrorCode.NetworkTimeout, (await GetAsync(http, origin.Origin)).Error?.Code);
    }

    [Fact]
    public async Task Body_StandsStill_NetworkTimeout()
    {
        await using var origin = await TestOrigin.StartAsync(async context =>
        {
            context.Response.ContentLength = 10;
            await context.Response.WriteAsync("12345");
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        });
        using var http = Create([origin.Origin], configure: options => options.NoProgressTimeout = TimeSpan.FromMilliseconds(300));
        using var response = (await GetAsync(http, origin.Origin)).Value;
        Assert.Equal(10, response.Message.Content.Headers.ContentLength);
        var failure = await Assert.ThrowsAsync<PlatformException>(() => ReadAllAsync(response));
        Assert.Equal(ErrorCode.NetworkTimeout, failure.Error.Code);
    }

    [Fact]
    public async Task Body_Crawls_NetworkTimeout()
    {
        await using var origin = await TestOrigin.StartAsync(async context =>
        {
            for (var sent = 0; !context.RequestAborted.IsCancellationRequested; sent++)
            {
                await context.Response.WriteAsync("x");
                await context.Response.Body.FlushAsync();
                await Task.Delay(20);
            }
        });
        using var http = Create([origin.Origin], configure: options => options.NoProgressTimeout = TimeSpan.FromMilliseconds(500));
        using var response = (await GetAsync(http, origin.Origin)).Value;
        var failure = await Assert.ThrowsAsync<PlatformException>(() => ReadAllAsync(response));
        Assert.Equal(ErrorCode.NetworkTimeout, failure.Error.Code);
    }

    [Fact]
    public async Task Body_OutlastsItsOverallTimeout_NetworkTimeout()
    {
        await using var origin = await TestOrigin.StartAsync(async context =>
        {
            var block = new byte[4096];
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(block);
                await Task.Delay(5);
            }
        });
        using var http = Create([origin.Origin]);
        using var response = (await GetAsync(http, origin.Origin, new SourceHttpOptions { OverallTimeout = TimeSpan.FromMilliseconds(400) })).Value;
        var failure = await Assert.ThrowsAsync<PlatformException>(() => ReadAllAsync(response));
        Assert.Equal(ErrorCode.NetworkTimeout, failure.Error.Code);
    }

    [Fact]
    public async Task Body_EndsEarly_DownloadIncomplete()
    {
        await using var origin = await TestOrigin.StartAsync(async context =>
        {
            context.Response.ContentLength = 10;
            await context.Response.WriteAsync("12345");
            await context.Response.Body.FlushAsync();
            var transport = context.Features.Get<IHttpResponseBodyFeature>();
            await transport!.CompleteAsync();
            context.Abort();
        });
        using var http = Create([origin.Origin]);
        using var response = (await GetAsync(http, origin.Origin)).Value;
        var failure = await Assert.ThrowsAsync<PlatformException>(() => ReadAllAsync(response));
        Assert.Contains(failure.Error.Code, new[] { ErrorCode.DownloadIncomplete, ErrorCode.ConnectionFailed });
    }

    [Fact]
    public async Task Body_CallerCancels_OperationCanceled()
    {
        await using var origin = await TestOrigin.StartAsync(async context =>
        {
            await context.Response.WriteAsync("1");
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        });
        using var http = Create([origin.Origin]);
        using var response = (await GetAsync(http, origin.Origin)).Value;
        await using var body = await response.Message.Content.ReadAsStreamAsync(Stop);
        Assert.Equal(1, await body.ReadAsync(new byte[8], Stop));
        using var cancel = new CancellationTokenSource(50);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await body.ReadExactlyAsync(new byte[8], cancel.Token));
    }

    private static async Task ReadAllAsync(SourceHttpResponse response)
    {
        await using var body = await response.Message.Content.ReadAsStreamAsync(Stop);
        await body.CopyToAsync(Stream.Null, Stop);
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), null);
    }
}
