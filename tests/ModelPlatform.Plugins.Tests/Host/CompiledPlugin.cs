using System.Text.Json;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace ModelPlatform.Plugins.Tests.Host;

/// <summary>A plugin that is really compiled, in as many versions as a test wants.</summary>
internal sealed record CompiledPlugin(string Id, string Version)
{
    private static readonly MetadataReference[] References =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path) is var name && (name.StartsWith("System", StringComparison.Ordinal) || name is "netstandard.dll" or "mscorlib.dll" or "ModelPlatform.Sources.dll"))
            .Select(path => MetadataReference.CreateFromFile(path))];

    public string Contract { get; init; } = "1.0";

    public string Source { get; init; } = "test";

    /// <summary>Statements of InspectAsync.</summary>
    public string Inspect { get; init; } = """return new SourceInspection([new SourceVariant("default", [new SourceFile("a.onnx", "a") { Size = 1 << 20 }], "fp32")], "a") { Revision = Version };""";

    /// <summary>Statements of OpenAsync.</summary>
    public string Open { get; init; } = "return new SourceContent(new Slow(range.Offset), range.Offset) { Length = (1 << 20) - range.Offset };";

    /// <summary>Statements of the plugin's constructor.</summary>
    public string Constructor { get; init; } = "";

    /// <summary>Statements of CheckHealthAsync.</summary>
    public string Health { get; init; } = "return new SourceHealth(true);";

    /// <summary>Further members of the source.</summary>
    public string Members { get; init; } = "";

    public string Assembly => $"{Id}.dll";

    /// <summary>Writes the plugin's directory, file by file, over whatever is there.</summary>
    public void WriteTo(string directory)
    {
        Directory.CreateDirectory(directory);
        Emit(Path.Combine(directory, Assembly), Id, Code);
        File.WriteAllText(Path.Combine(directory, "plugin.json"), JsonSerializer.Serialize(new { id = Id, version = Version, contract = Contract, entryAssembly = Assembly, assemblies = new[] { Assembly } }));
    }

    public static void Emit(string path, string name, string code, params string[] otherReferences)
    {
        var compilation = CSharpCompilation.Create(name, [CSharpSyntaxTree.ParseText(code, cancellationToken: TestContext.Current.CancellationToken)],
            [.. References, .. otherReferences.Select(file => MetadataReference.CreateFromFile(file))],
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, optimizationLevel: OptimizationLevel.Release));
        using var file = File.Create(path);
        var result = compilation.Emit(file, cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(result.Success, string.Join('\n', result.Diagnostics));
    }

    private string Code => $$"""
        using System;
        using System.Collections.Generic;
        using System.IO;
        using System.Linq;
        using System.Text.Json.Nodes;
        using System.Threading;
        using System.Threading.Tasks;
        using ModelPlatform.Sources;

        public sealed class Plugin : ISourcePlugin
        {
            public Plugin() { {{Constructor}} }
            public IReadOnlyDictionary<string, ISource> CreateSources(SourceContext context) => new Dictionary<string, ISource> { ["{{Source}}"] = new Source() };
        }

        internal sealed class Source : ISource
        {
            private const string Version = "{{Version}}";
            {{Members}}
            public async ValueTask<Result<SourceInspection>> InspectAsync(SourceReference reference, CancellationToken cancellationToken) { await Task.Yield(); {{Inspect}} }
            public async ValueTask<Result<SourceContent>> OpenAsync(SourceFile file, SourceRange range, CancellationToken cancellationToken) { await Task.Yield(); {{Open}} }
            public async ValueTask<SourceHealth> CheckHealthAsync(CancellationToken cancellationToken) { await Task.Yield(); {{Health}} }
            public ValueTask DisposeAsync() => default;
        }

        /// <summary>One MiB whose every byte is its position modulo 251, given out in small pieces.</summary>
        internal sealed class Slow : Stream
        {
            private long position;
            public Slow(long offset) => position = offset;
            public override bool CanRead => true;
            public override bool CanSeek => false;
            public override bool CanWrite => false;
            public override long Length => 1 << 20;
            public override long Position { get => position; set => throw new NotSupportedException(); }
            public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
            {
                await Task.Delay(1, cancellationToken);
                var count = (int)Math.Min(Math.Min(buffer.Length, 4096), (1 << 20) - position);
                for (var i = 0; i < count; i++) { buffer.Span[i] = (byte)(position++ % 251); }
                return count;
            }
            public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
            public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
            public override void SetLength(long value) => throw new NotSupportedException();
            public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
            public override void Flush() { }
        }
        """;
}
