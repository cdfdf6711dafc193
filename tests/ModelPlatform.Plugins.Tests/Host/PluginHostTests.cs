using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.Tests.Host;

public sealed class PluginHostTests
{
    private static readonly CompiledPlugin First = new("Acme", "1.0.0");
    private static readonly CompiledPlugin Second = new("Acme", "1.1.0");

    [Fact]
    public async Task Start_BuiltInPlugin_ActiveWhenStarted()
    {
        await using var host = await RunningHost.StartAsync((builtIn, _) => First.WriteTo(Path.Combine(builtIn, "Acme")));
        var status = Assert.Single(host.Plugins.List());
        Assert.Equal(("Acme", "1.0.0", PluginState.Active), (status.Id, status.Version, status.State));
        Assert.Equal(["test"], status.Sources);
        Assert.Equal(["test"], host.Catalog.Names);
        Assert.Equal("1.0.0", (await host.InspectAsync("test")).Value.Revision);
    }

    [Fact]
    public async Task Drop_IntoTheDataDirectory_BecomesActive()
    {
        await using var host = await RunningHost.StartAsync();
        Assert.Empty(host.Catalog.Names);
        First.WriteTo(Path.Combine(host.ThirdParty, "Acme"));
        await host.UntilAsync("Acme", "1.0.0", PluginState.Active);
        Assert.True((await host.InspectAsync("test")).IsSuccess);
    }

    [Fact]
    public async Task Drop_HigherVersionOfABuiltInOne_SupersedesItUntilDeleted()
    {
        await using var host = await RunningHost.StartAsync((builtIn, _) => First.WriteTo(Path.Combine(builtIn, "Acme")));
        Second.WriteTo(Path.Combine(host.ThirdParty, "Acme"));
        var list = await host.UntilAsync("Acme", "1.1.0", PluginState.Active);
        Assert.Contains(list, status => status is { Version: "1.0.0", State: PluginState.Superseded });
        Assert.Equal("1.1.0", (await host.InspectAsync("test")).Value.Revision);

        Directory.Delete(Path.Combine(host.ThirdParty, "Acme"), recursive: true);
        await host.UntilAsync("Acme", "1.0.0", PluginState.Active);
        Assert.Equal("1.0.0", (await host.InspectAsync("test")).Value.Revision);
    }

    [Theory]
    [InlineData("1.0.0")]
    [InlineData("0.9.0")]
    public async Task Drop_SameOrLowerVersionOfABuiltInOne_IsSuperseded(string version)
    {
        await using var host = await RunningHost.StartAsync((builtIn, _) => First.WriteTo(Path.Combine(builtIn, "Acme")));
        (First with { Version = version }).WriteTo(Path.Combine(host.ThirdParty, "Acme"));
        var list = await host.UntilAsync(list => list.Count == 2);
        Assert.Equal([PluginState.Active, PluginState.Superseded], list.Select(status => status.State));
    }

    [Theory]
    [InlineData("2.0", PluginState.Incompatible)]
    [InlineData("0.9", PluginState.Incompatible)]
    [InlineData("1.7", PluginState.Incompatible)]
    [InlineData("one", PluginState.Malfunctioned)]
    public async Task Drop_OtherContract_NotLoadedWithReason(string contract, PluginState state)
    {
        await using var host = await RunningHost.StartAsync((_, thirdParty) => (First with { Contract = contract }).WriteTo(Path.Combine(thirdParty, "Acme")));
        var status = Assert.Single(host.Plugins.List());
        Assert.Equal(state, status.State);
        Assert.Contains("contract", status.Reason);
        Assert.Empty(host.Catalog.Names);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"id":"Acme"}""")]
    [InlineData("""{"id":"Acme","version":"x","contract":"1.0","entryAssembly":"Acme.dll","assemblies":["Acme.dll"]}""")]
    [InlineData("""{"id":"../Acme","version":"1.0.0","contract":"1.0","entryAssembly":"Acme.dll","assemblies":["Acme.dll"]}""")]
    [InlineData("""{"id":"Other","version":"1.0.0","contract":"1.0","entryAssembly":"Acme.dll","assemblies":["Acme.dll"]}""")]
    [InlineData("""{"id":"Acme","version":"1.0.0","contract":"1.0","entryAssembly":"Acme.dll","assemblies":["../Acme.dll"]}""")]
    [InlineData("""{"id":"Acme","version":"1.0.0","contract":"1.0","entryAssembly":"Acme.dll","assemblies":[]}""")]
    [InlineData("""{"id":"Acme","version":"1.0.0","contract":"1.0","entryAssembly":"Missing.dll","assemblies":["Missing.dll"]}""")]
    [InlineData("""{"id":"Acme","version":"1.0.0","contract":"1.0","entryAssembly":"Acme.dll","assemblies":null}""")]
    public async Task Drop_BadManifest_MalfunctionedAndTheOthersGoOn(string json)
    {
        await using var host = await RunningHost.StartAsync((builtIn, thirdParty) =>
        {
            new CompiledPlugin("Good", "1.0.0") { Source = "good" }.WriteTo(Path.Combine(builtIn, "Good"));
            First.WriteTo(Path.Combine(thirdParty, "Acme"));
            File.WriteAllText(Path.Combine(thirdParty, "Acme", "plugin.json"), json);
        });
        var bad = Assert.Single(host.Plugins.List(), status => status.State == PluginState.Malfunctioned);
        Assert.Equal("Acme", bad.Id);
        Assert.NotEmpty(bad.Reason!);
        Assert.True((await host.InspectAsync("good")).IsSuccess);
    }

    [Theory]
    [InlineData("throw new InvalidOperationException(\"no luck\");", "no luck")]
    [InlineData("Thread.Sleep(60_000);", "longer than")]
    public async Task Drop_ConstructorMisbehaves_Malfunctioned(string constructor, string reason)
    {
        await using var host = await RunningHost.StartAsync(
            (_, thirdParty) => (First with { Constructor = constructor }).WriteTo(Path.Combine(thirdParty, "Acme")), new PluginLimits { Load = TimeSpan.FromSeconds(1) });
        var status = Assert.Single(host.Plugins.List());
        Assert.Equal(PluginState.Malfunctioned, status.State);
        Assert.Contains(reason, status.Reason);
    }

    [Fact]
    public async Task Drop_GarbageAssembly_Malfunctioned()
    {
        await using var host = await RunningHost.StartAsync((_, thirdParty) =>
        {
            First.WriteTo(Path.Combine(thirdParty, "Acme"));
            File.WriteAllText(Path.Combine(thirdParty, "Acme", "Acme.dll"), "this is no assembly");
        });
        Assert.Equal(PluginState.Malfunctioned, Assert.Single(host.Plugins.List()).State);
    }

    [Fact]
    public async Task Drop_SourceNameOfABuiltInPlugin_Incompatible()
    {
        await using var host = await RunningHost.StartAsync((builtIn, thirdParty) =>
        {
            First.WriteTo(Path.Combine(builtIn, "Acme"));
            new CompiledPlugin("Aaa", "9.0.0").WriteTo(Path.Combine(thirdParty, "Aaa"));
        });
        var thief = Assert.Single(host.Plugins.List(), status => status.Id == "Aaa" && status.State != PluginState.Draining);
        Assert.Equal(PluginState.Incompatible, thief.State);
        Assert.Contains("Acme", thief.Reason);
        Assert.Equal("1.0.0", (await host.InspectAsync("test")).Value.Revision);
    }

    [Fact]
    public async Task Load_AssemblyNotOnTheAllowList_IsNotThere()
    {
        await using var host = await RunningHost.StartAsync((_, thirdParty) =>
        {
            var directory = Path.Combine(thirdParty, "Acme");
            Directory.CreateDirectory(directory);
            var hidden = Path.Combine(directory, "Hidden.dll");
            CompiledPlugin.Emit(hidden, "Hidden", "public static class Hidden { public static string Word => \"found\"; }");
            var plugin = First with { Inspect = "return Use();", Members = "private static Result<SourceInspection> Use() => new PlatformError(ErrorCode.ModelNotFound, System.Reflection.Assembly.Load(\"Hidden\").FullName);" };
            plugin.WriteTo(directory);
        });
        var result = await host.InspectAsync("test");
        Assert.Equal(ErrorCode.InternalError, result.Error?.Code);
        Assert.Contains("FileNotFoundException", result.Error!.Message);
        Assert.Equal(PluginState.Malfunctioned, Assert.Single(host.Plugins.List()).State);
    }

    [Fact]
    public async Task Operation_Throws_InternalErrorAndShownWithItsReason()
    {
        await using var host = await RunningHost.StartAsync((builtIn, thirdParty) =>
        {
            new CompiledPlugin("Good", "1.0.0") { Source = "good" }.WriteTo(Path.Combine(builtIn, "Good"));
            (First with { Inspect = "throw new ArgumentException(\"what a pity\");" }).WriteTo(Path.Combine(thirdParty, "Acme"));
        });
        var result = await host.InspectAsync("test");
        Assert.Equal(ErrorCode.InternalError, result.Error?.Code);
        var status = host.Plugins.List().Single(status => status.Id == "Acme");
        Assert.Equal(PluginState.Malfunctioned, status.State);
        Assert.Contains("what a pity", status.Reason);
        Assert.Equal(PluginState.Active, host.Plugins.List().Single(status => status.Id == "Good").State);
        Assert.True((await host.InspectAsync("good")).IsSuccess);
    }

    [Theory]
    [InlineData("new Thread(() => throw new InvalidOperationException(\"stray\")) { IsBackground = true }.Start();")]
    [InlineData("ThreadPool.UnsafeQueueUserWorkItem(_ => throw new InvalidOperationException(\"stray\"), null);")]
    [InlineData("Later(); async void Later() { await Task.Delay(1); throw new InvalidOperationException(\"stray\"); }")]
    [InlineData("new Timer(_ => throw new InvalidOperationException(\"stray\"), null, 1, -1);")]
    public async Task Background_Throws_TheProcessGoesOnAndThePluginIsBlamed(string code)
    {
        await using var host = await RunningHost.StartAsync((builtIn, thirdParty) =>
        {
            (First with { Id = "Good", Source = "good" }).WriteTo(Path.Combine(builtIn, "Good"));
            (First with { Inspect = code + First.Inspect }).WriteTo(Path.Combine(thirdParty, "Acme"));
        });
        Assert.True((await host.InspectAsync("test")).IsSuccess);
        var list = await host.UntilAsync(list => list.Any(status => status.State == PluginState.Malfunctioned));
        var status = list.Single(status => status.State == PluginState.Malfunctioned);
        Assert.Equal(("Acme", "code it runs beside its calls threw InvalidOperationException: stray"), (status.Id, status.Reason));
        Assert.True((await host.InspectAsync("good")).IsSuccess);
    }

    [Theory]
    [InlineData("await Task.Delay(-1); return default;")]
    [InlineData("Thread.Sleep(20_000); return default;")]
    public async Task Operation_NeverEnds_TimeoutAndOutOfUseAfterThree(string hang)
    {
        await using var host = await RunningHost.StartAsync(
            (_, thirdParty) => (First with { Inspect = hang }).WriteTo(Path.Combine(thirdParty, "Acme")),
            new PluginLimits { Operation = TimeSpan.FromMilliseconds(200), Grace = TimeSpan.FromMilliseconds(200) });
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(ErrorCode.NetworkTimeout, (await host.InspectAsync("test")).Error?.Code);
        }

        Assert.False(host.Catalog.TryAcquire("test", out _));
        Assert.Empty(host.Catalog.Names);
        Assert.Equal(PluginState.Malfunctioned, Assert.Single(host.Plugins.List()).State);
    }

    [Fact]
    public async Task Operation_SlowButObedient_TimeoutWithoutBlame()
    {
        await using var host = await RunningHost.StartAsync(
            (_, thirdParty) => (First with { Inspect = "await Task.Delay(-1, cancellationToken); return default;" }).WriteTo(Path.Combine(thirdParty, "Acme")),
            new PluginLimits { Operation = TimeSpan.FromMilliseconds(200) });
        Assert.Equal(ErrorCode.NetworkTimeout, (await host.InspectAsync("test")).Error?.Code);
        Assert.Equal(PluginState.Active, Assert.Single(host.Plugins.List()).State);
    }

    [Theory]
    [InlineData("return default;", ErrorCode.InternalError)]
    [InlineData("return (SourceInspection)null;", ErrorCode.InternalError)]
    [InlineData("return new SourceInspection(null, null);", ErrorCode.InternalError)]
    [InlineData("return new SourceInspection([], \"a\");", ErrorCode.ModelNotFound)]
    [InlineData("return new SourceInspection([new SourceVariant(\"default\", [new SourceFile(\"../x\", \"a\")], \"fp32\")], \"a\");", ErrorCode.SecurityViolation)]
    [InlineData("return new SourceInspection([new SourceVariant(\"default\", [new SourceFile(\"/etc/x\", \"a\")], \"fp32\")], \"a\");", ErrorCode.SecurityViolation)]
    [InlineData("return new SourceInspection([new SourceVariant(\"default\", [new SourceFile(\"a\", \"a\"), new SourceFile(\"a\", \"b\")], \"fp32\")], \"a\");", ErrorCode.IntegrityFailed)]
    [InlineData("return new SourceInspection([new SourceVariant(\"default\", [new SourceFile(\"a\", \"a\") { Size = -1 }], \"fp32\")], \"a\");", ErrorCode.IntegrityFailed)]
    [InlineData("return new SourceInspection([new SourceVariant(\"default\", [new SourceFile(\"a\", \"a\") { Sha256 = \"xyz\" }], \"fp32\")], \"a\");", ErrorCode.IntegrityFailed)]
    [InlineData("return new SourceInspection([new SourceVariant(\"default\", [new SourceFile(\"a\", \"a\") { Size = 10, ChunkSize = 4, ChunkHashes = [\"x\"] }], \"fp32\")], \"a\");", ErrorCode.IntegrityFailed)]
    public async Task Operation_AnswersNonsense_RefusedWithItsCode(string inspect, ErrorCode code)
    {
        await using var host = await RunningHost.StartAsync((_, thirdParty) => (First with { Inspect = inspect }).WriteTo(Path.Combine(thirdParty, "Acme")));
        Assert.Equal(code, (await host.InspectAsync("test")).Error?.Code);
    }

    [Theory]
    [InlineData("throw new InvalidCastException(\"broken\");", ErrorCode.InternalError)]
    [InlineData("return -5;", ErrorCode.InternalError)]
    [InlineData("return buffer.Length + 1;", ErrorCode.InternalError)]
    [InlineData("throw new IOException(\"reset\");", ErrorCode.ConnectionFailed)]
    public async Task Body_Misbehaves_PlatformException(string read, ErrorCode code)
    {
        var plugin = First with
        {
            Open = "return new SourceContent(new Bad(), 0);",
            Members = $$"""
                private sealed class Bad : MemoryStream
                {
                    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) { await Task.Yield(); {{read}} }
                }
                """,
        };
        await using var host = await RunningHost.StartAsync((_, thirdParty) => plugin.WriteTo(Path.Combine(thirdParty, "Acme")));
        Assert.True(host.Catalog.TryAcquire("test", out var lease));
        using (lease)
        {
            await using var content = (await lease.Source.OpenAsync(new SourceFile("a", "a"), new SourceRange(0), TestContext.Current.CancellationToken)).Value;
            var failure = await Assert.ThrowsAsync<PlatformException>(() => content.Body.CopyToAsync(Stream.Null, TestContext.Current.CancellationToken));
            Assert.Equal(code, failure.Error.Code);
        }
    }

    [Fact]
    public async Task Disable_ThenEnable_SourceGoesAndComesBack()
    {
        await using var host = await RunningHost.StartAsync((builtIn, _) => First.WriteTo(Path.Combine(builtIn, "Acme")));
        Assert.False(await host.Plugins.DisableAsync("Nobody", TestContext.Current.CancellationToken));
        Assert.True(await host.Plugins.DisableAsync("acme", TestContext.Current.CancellationToken));
        Assert.False(host.Catalog.TryAcquire("test", out _));
        Assert.Contains(host.Plugins.List(), status => status.State == PluginState.Disabled);
        Assert.True(await host.Plugins.EnableAsync("Acme", TestContext.Current.CancellationToken));
        Assert.True((await host.InspectAsync("test")).IsSuccess);
    }

    [Fact]
    public async Task Reload_UnchangedFiles_NewInstance()
    {
        var counting = First with { Members = "private readonly string born = Guid.NewGuid().ToString();", Inspect = "return new SourceInspection([new SourceVariant(\"default\", [new SourceFile(\"a\", \"a\")], \"fp32\")], \"a\") { Revision = born };" };
        await using var host = await RunningHost.StartAsync((builtIn, _) => counting.WriteTo(Path.Combine(builtIn, "Acme")));
        var before = (await host.InspectAsync("test")).Value.Revision;
        Assert.Equal(before, (await host.InspectAsync("test")).Value.Revision);
        Assert.True(await host.Plugins.ReloadAsync("Acme", TestContext.Current.CancellationToken));
        Assert.NotEqual(before, (await host.InspectAsync("test")).Value.Revision);
    }

    [Fact]
    public async Task Health_SaysNo_ActiveWithTheReason()
    {
        await using var host = await RunningHost.StartAsync((builtIn, _) => (First with { Health = "return new SourceHealth(false, \"its shop is closed\");" }).WriteTo(Path.Combine(builtIn, "Acme")));
        var status = Assert.Single(host.Plugins.List());
        Assert.Equal((PluginState.Active, "its shop is closed"), (status.State, status.Reason));
    }
}
