using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using ModelPlatform.Sources;

namespace ModelPlatform.Conformance.Sources;

/// <summary>What every source must do. Derive a class, name the plugin and a reference it holds, and run it.</summary>
public abstract partial class SourceConformance
{
    /// <summary>The plugin, its source and a reference that source holds.</summary>
    protected abstract SourceUnderTest Test { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Names of sources are lower case, and there is at least the one tested.</summary>
    [Fact]
    public async Task Source_Name_IsOneCallersCanWrite()
    {
        await using var source = Test.Create();
        Assert.Matches(SourceName(), Test.Source);
    }

    /// <summary>What is listed can be used: at least one variant, safe and distinct paths, well-formed sizes and hashes.</summary>
    [Fact]
    public async Task Inspect_Reference_ListsUsableFiles()
    {
        await using var source = Test.Create();
        var inspection = await InspectAsync(source);
        Assert.NotEmpty(inspection.Variants);
        Assert.Matches(ModelName(), inspection.SuggestedModelName);
        Assert.Equal(inspection.Variants.Count, inspection.Variants.Select(variant => variant.Name).Distinct(StringComparer.OrdinalIgnoreCase).Count());
        foreach (var variant in inspection.Variants)
        {
            Assert.NotEmpty(variant.Name);
            Assert.NotEmpty(variant.Precision);
            Assert.NotEmpty(variant.Files);
            Assert.Equal(variant.Files.Count, variant.Files.Select(file => file.Path).Distinct(StringComparer.Ordinal).Count());
            Assert.All(variant.Files, CheckFile);
        }

        Assert.Equal(inspection.Metadata.ToJsonString(), JsonDocument.Parse(inspection.Metadata.ToJsonString()).RootElement.GetRawText());
    }

    /// <summary>Asking twice gives the same pins.</summary>
    [Fact]
    public async Task Inspect_Twice_PinsTheSame()
    {
        await using var source = Test.Create();
        var (one, other) = (await InspectAsync(source), await InspectAsync(source));
        Assert.Equal(one.Revision, other.Revision);
        Assert.Equal(Pins(one), Pins(other));
    }

    /// <summary>The bytes are as long as was said, and have the hashes that were vouched for.</summary>
    [Fact]
    public async Task Open_WholeFile_HoldsWhatWasPromised()
    {
        await using var source = Test.Create();
        foreach (var file in await FilesAsync(source))
        {
            var bytes = await ReadAsync(source, file, default);
            Assert.Equal(file.Size ?? bytes.Length, bytes.Length);
            Assert.Equal(file.Sha256 ?? Hex(SHA256.HashData(bytes)), Hex(SHA256.HashData(bytes)));
            Assert.Equal(file.GitBlobSha1 ?? GitBlob(bytes), GitBlob(bytes));
            if (file is { ChunkHashes: { } hashes, ChunkSize: { } size })
            {
                Assert.Equal(hashes, bytes.Chunk(size).Select(chunk => Hex(SHA256.HashData(chunk))));
            }
        }
    }

    /// <summary>A range gives exactly its bytes, or from byte 0 where the source said it cannot seek.</summary>
    [Theory]
    [InlineData(0.0, 1.0)]
    [InlineData(0.0, 0.5)]
    [InlineData(0.5, 0.25)]
    [InlineData(0.5, null)]
    [InlineData(0.99, 5.0)]
    public async Task Open_Range_GivesItsBytes(double from, double? part)
    {
        await using var source = Test.Create();
        foreach (var file in await FilesAsync(source))
        {
            var whole = await ReadAsync(source, file, default);
            var (offset, length) = ((long)(whole.Length * from), part is { } share ? Math.Max((long)(whole.Length * share), 1) : (long?)null);
            await using var content = await OpenAsync(source, file, new SourceRange(offset, length));
            Assert.Contains(content.Offset, new[] { offset, 0 });
            Assert.True(content.Offset == offset || file.AcceptsRanges != true, "A source that says it takes ranges must honour them.");
            var bytes = await ReadAsync(content);
            var expected = content.Offset == offset ? whole.Skip((int)offset).Take((int)(length ?? whole.Length)) : whole;
            Assert.Equal(expected, bytes);
            Assert.Equal(content.Length ?? bytes.Length, bytes.Length);
            Assert.Equal(content.TotalSize ?? whole.Length, whole.Length);
        }
    }

    /// <summary>At the very end there is nothing; beyond it the source says so.</summary>
    [Fact]
    public async Task Open_AtAndBeyondTheEnd_NothingOrAnError()
    {
        await using var source = Test.Create();
        foreach (var file in (await FilesAsync(source)).Where(file => file is { Size: not null, AcceptsRanges: true }))
        {
            var atEnd = await source.OpenAsync(file, new SourceRange(file.Size!.Value), Token);
            if (atEnd.TryGet(out var content, out var error))
            {
                await using (content)
                {
                    Assert.Empty(await ReadAsync(content));
                }
            }
            else
            {
                Assert.Equal(ErrorCode.RangeNotSatisfiable, error.Code);
            }

            Assert.Equal(ErrorCode.RangeNotSatisfiable, (await source.OpenAsync(file, new SourceRange(file.Size.Value + 1), Token)).Error?.Code);
            Assert.Equal(ErrorCode.RangeNotSatisfiable, (await source.OpenAsync(file, new SourceRange(-1), Token)).Error?.Code);
        }
    }

    /// <summary>Another process, which knows only what was written down of a file, opens it as well.</summary>
    [Fact]
    public async Task Open_ByAnotherInstance_FromWhatWasWrittenDown()
    {
        string[] notes;
        string[] hashes;
        await using (var first = Test.Create())
        {
            var files = await FilesAsync(first);
            notes = [.. files.Select(file => JsonSerializer.Serialize(file))];
            hashes = await Task.WhenAll(files.Select(async file => Hex(SHA256.HashData(await ReadAsync(first, file, default)))));
        }

        await using var second = Test.Create();
        for (var i = 0; i < notes.Length; i++)
        {
            Assert.Equal(hashes[i], Hex(SHA256.HashData(await ReadAsync(second, JsonSerializer.Deserialize<SourceFile>(notes[i])!, default))));
        }
    }

    /// <summary>Many ranges at once do not disturb one another.</summary>
    [Fact]
    public async Task Open_ManyAtOnce_EachItsOwnBytes()
    {
        await using var source = Test.Create();
        var file = (await FilesAsync(source))[0];
        var whole = await ReadAsync(source, file, default);
        var all = await Task.WhenAll(Enumerable.Range(0, 16).Select(async i =>
        {
            var offset = whole.Length * i / 16;
            await using var content = await OpenAsync(source, file, new SourceRange(offset));
            return (offset, content.Offset, Bytes: await ReadAsync(content));
        }));
        Assert.All(all, one => Assert.Equal(whole.Skip((int)one.Offset), one.Bytes));
    }

    /// <summary>A transfer can be ended at any moment, more than once.</summary>
    [Fact]
    public async Task Content_DisposedInTheMiddle_EndsQuietly()
    {
        await using var source = Test.Create();
        var content = await OpenAsync(source, (await FilesAsync(source))[0], default);
        _ = await content.Body.ReadAtLeastAsync(new byte[1], 1, throwOnEndOfStream: false, Token);
        await content.DisposeAsync();
        await content.DisposeAsync();
    }

    /// <summary>What callers may write is answered with an error that says something, never with an exception.</summary>
    [Fact]
    public async Task Inspect_Nonsense_AnErrorThatHelps()
    {
        await using var source = Test.Create();
        string[] nonsense = ["", " ", ".", "..", "../..", "/", "/etc/passwd", "..\\..", "a\0b", "a\r\nb", "%2e%2e/%2e%2e", "file:///etc/passwd", "\u202egpj", "no such/thing at all", new string('a', 10_000), .. Test.BadReferences];
        foreach (var reference in nonsense)
        {
            var result = await source.InspectAsync(new SourceReference(reference), Token);
            Assert.False(result.IsSuccess, $"'{reference[..Math.Min(reference.Length, 40)]}' was found.");
            Assert.NotEqual(ErrorCode.InternalError, result.Error.Code);
            Assert.True(result.Error.Message.Length is > 10 and < 2000, $"This does not help: {result.Error.Message}");
            Assert.False(result.Error.Message.Any(char.IsControl), "Control characters of the caller come back in a message.");
        }
    }

    /// <summary>A locator the source did not make is refused.</summary>
    [Fact]
    public async Task Open_ForeignLocator_AnError()
    {
        await using var source = Test.Create();
        foreach (var locator in new[] { "", "../../etc/passwd", "/etc/passwd", "file:///etc/passwd", "no such thing" })
        {
            Assert.NotNull((await source.OpenAsync(new SourceFile("x", locator), default, Token)).Error);
        }
    }

    /// <summary>Whoever has cancelled waits for nothing.</summary>
    [Fact]
    public async Task Inspect_Cancelled_EndsAtOnce()
    {
        await using var source = Test.Create();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        try
        {
            await source.InspectAsync(new SourceReference(Test.Reference), cancelled.Token).AsTask().WaitAsync(TimeSpan.FromSeconds(10), Token);
        }
        catch (OperationCanceledException)
        {
            // Expected of whoever does anything that takes time.
        }
    }

    /// <summary>Health is answered, quickly.</summary>
    [Fact]
    public async Task CheckHealth_Reachable_SaysYes()
    {
        await using var source = Test.Create();
        var health = await source.CheckHealthAsync(Token).AsTask().WaitAsync(TimeSpan.FromSeconds(10), Token);
        Assert.True(health.IsHealthy, health.Reason);
    }

    private async Task<SourceInspection> InspectAsync(ISource source)
    {
        var result = await source.InspectAsync(new SourceReference(Test.Reference), Token);
        Assert.True(result.IsSuccess, result.Error?.Message);
        return result.Value;
    }

    private async Task<IReadOnlyList<SourceFile>> FilesAsync(ISource source) => (await InspectAsync(source)).Variants[0].Files;

    private static async Task<SourceContent> OpenAsync(ISource source, SourceFile file, SourceRange range)
    {
        var result = await source.OpenAsync(file, range, Token);
        Assert.True(result.IsSuccess, result.Error?.Message);
        return result.Value;
    }

    private static async Task<byte[]> ReadAsync(ISource source, SourceFile file, SourceRange range)
    {
        await using var content = await OpenAsync(source, file, range);
        return await ReadAsync(content);
    }

    private static async Task<byte[]> ReadAsync(SourceContent content)
    {
        using var bytes = new MemoryStream();
        await content.Body.CopyToAsync(bytes, Token);
        return bytes.ToArray();
    }

    private static void CheckFile(SourceFile file)
    {
        Assert.Null(ArtifactPath.FindFault(file.Path));
        Assert.NotEmpty(file.Locator);
        Assert.True(file.Size is null or >= 0);
        Assert.True(file.Sha256 is null || Sha256().IsMatch(file.Sha256));
        Assert.True(file.GitBlobSha1 is null || Sha1().IsMatch(file.GitBlobSha1));
        Assert.Equal(file.ChunkHashes is null, file.ChunkSize is null);
    }

    private static IEnumerable<string> Pins(SourceInspection inspection) =>
        inspection.Variants.SelectMany(variant => variant.Files.Select(file => $"{variant.Name} {file.Path} {file.Locator} {file.Size} {file.Sha256} {file.GitBlobSha1} {file.Validator}"));

    private static string Hex(byte[] hash) => Convert.ToHexStringLower(hash);

    [System.Diagnostics.CodeAnalysis.SuppressMessage("Security", "CA5350", Justification = "Git names its objects by SHA-1.")]
    private static string GitBlob(byte[] bytes) => Hex(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {bytes.Length}\0"), .. bytes]));

    [GeneratedRegex(@"^[a-z][a-z0-9-]{0,31}\z")]
    private static partial Regex SourceName();

    [GeneratedRegex(@"^[A-Za-z0-9._-]{1,96}\z")]
    private static partial Regex ModelName();

    [GeneratedRegex(@"^[0-9a-f]{64}\z")]
    private static partial Regex Sha256();

    [GeneratedRegex(@"^[0-9a-f]{40}\z")]
    private static partial Regex Sha1();
}
