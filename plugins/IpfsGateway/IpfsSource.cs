using System.Globalization;
using System.Text.Json.Nodes;
using ModelPlatform.Plugins.IpfsGateway.Car;
using ModelPlatform.Plugins.IpfsGateway.Cids;
using ModelPlatform.Plugins.IpfsGateway.Dag;
using ModelPlatform.Plugins.IpfsGateway.Gateways;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.IpfsGateway;

/// <summary>IPFS as a source: every block is checked against its identifier, so no gateway has to be trusted and any mix of them will do.</summary>
internal sealed class IpfsSource : ISource
{
    private const long AheadBytes = 48 * 1024 * 1024;
    private static readonly TimeSpan InspectionTimeout = TimeSpan.FromSeconds(300);

    private readonly SourceContext context;
    private readonly IpfsGatewayOptions options;
    private readonly GatewayBlocks gateways;
    private readonly NodeReader nodes = new();
    private readonly AheadBudget budget;

    public IpfsSource(SourceContext context, IpfsGatewayOptions options)
    {
        (this.context, this.options, budget) = (context, options, new AheadBudget(AheadBytes, context));
        gateways = new GatewayBlocks(context, options);
    }

    public async ValueTask<Result<SourceInspection>> InspectAsync(SourceReference reference, CancellationToken cancellationToken)
    {
        if (!IpfsReference.Parse(reference).TryGet(out var wanted, out var error))
        {
            return error;
        }

        using var timer = new CancellationTokenSource(InspectionTimeout, context.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            return await InspectAsync(wanted, both.Token);
        }
        catch (OperationCanceledException) when (timer.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return new PlatformError(ErrorCode.NetworkTimeout, $"{wanted.Root} could not be listed within {InspectionTimeout.TotalSeconds} s. Name a directory further down, or add a nearer gateway.");
        }
    }

    public async ValueTask<Result<SourceContent>> OpenAsync(SourceFile file, SourceRange range, CancellationToken cancellationToken)
    {
        if (!Cid.Parse(file.Locator).TryGet(out var cid, out var error))
        {
            return error;
        }

        // Inner nodes come from the gateways one by one even where the contents come as a CAR: they are kept, and shared by all ranges.
        if (!(await nodes.ReadAsync(gateways, cid, cancellationToken)).TryGet(out var node, out error))
        {
            return error;
        }

        if (node.Kind != UnixFsKind.File)
        {
            return new PlatformError(ErrorCode.InvalidRequest, $"{file.Path} ({cid}) is a directory, not a file. Inspect the model again.");
        }

        if (range.Offset < 0 || range.Length < 0 || range.Offset > node.Size)
        {
            return new PlatformError(ErrorCode.RangeNotSatisfiable, $"The range lies outside {file.Path}, which has {node.Size} bytes.");
        }

        var end = Math.Min(node.Size, range.Length is { } length && length < node.Size - range.Offset ? range.Offset + length : node.Size);
        var car = options.Mode == BlockForm.Car && node.Links.Count > 0 && end > range.Offset
            ? new CarBlocks(gateways, cid, string.Create(CultureInfo.InvariantCulture, $"dag-scope=entity&entity-bytes={range.Offset}:{end - 1}"), nodes.Knows, context)
            : null;
        var parts = new FileParts(nodes, car ?? (IBlocks)gateways, cid, node, range.Offset, end);
        return new SourceContent(new VerifiedFileStream(parts, range.Offset, end, car is null ? options.Parallelism : 1, budget, car), range.Offset)
        {
            Length = end - range.Offset,
            TotalSize = node.Size,
            Validator = $"\"{cid}\"",
            Sha256 = cid.ContentSha256,
        };
    }

    public async ValueTask<SourceHealth> CheckHealthAsync(CancellationToken cancellationToken)
    {
        var answers = await Task.WhenAll(gateways.InOrder().Select(async gateway => (gateway.Name, Error: await gateways.Client.ProbeAsync(gateway, cancellationToken))));
        var well = answers.Where(answer => answer.Error is null).Select(answer => answer.Name).ToList();
        return well.Count > 0
            ? new SourceHealth(true, $"{well.Count} of {answers.Length} gateways answer: {string.Join(", ", well)}")
            : new SourceHealth(false, $"No gateway answers. {string.Join(" ", answers.Select(answer => answer.Error!.Message))}");
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<Result<SourceInspection>> InspectAsync(IpfsReference wanted, CancellationToken cancellationToken)
    {
        var directories = new DirectoryReader(nodes, gateways);
        if (!(await directories.ResolveAsync(wanted.Root, wanted.Path, cancellationToken)).TryGet(out var cid, out var error)
            || !(await nodes.ReadAsync(gateways, cid, cancellationToken)).TryGet(out var node, out error))
        {
            return error;
        }

        List<DirectoryFile> listed;
        var name = wanted.Path.Count > 0 ? wanted.Path[^1] : cid.ToString();
        if (node.Kind == UnixFsKind.File)
        {
            name = wanted.FileName ?? name;
            if (ArtifactPath.FindFault(name) is { } fault)
            {
                return new PlatformError(ErrorCode.SecurityViolation, $"The file cannot be kept under its name: {fault}. Give another one with ?filename=NAME.");
            }

            listed = [new DirectoryFile(name, cid, node.Size)];
        }
        else if (!(await directories.ListAsync(cid, node, cancellationToken)).TryGet(out listed!, out error))
        {
            return error;
        }

        if (listed.Count == 0)
        {
            return new PlatformError(ErrorCode.ModelNotFound, $"The directory {cid} is empty.");
        }

        var files = listed.Select(file => new SourceFile(file.Path, file.Cid.ToString())
        {
            Size = file.Size, Sha256 = file.Cid.ContentSha256, Validator = $"\"{file.Cid}\"", AcceptsRanges = true,
        }).OrderBy(file => WeightFormat.Of(file.Path) is null).ThenBy(file => file.Path, StringComparer.Ordinal).ToList();
        return new SourceInspection([new SourceVariant("default", files, "unknown")], SuggestName(name, node.Kind))
        {
            Framework = files.Select(file => WeightFormat.Of(file.Path)).FirstOrDefault(format => format is not null),
            Revision = cid.ToString(),
            Metadata = new JsonObject { ["description"] = $"Model imported from ipfs://{cid}", ["tags"] = new JsonArray("ipfs", "imported"), ["cid"] = cid.ToString() },
        };
    }

    private static string SuggestName(string name, UnixFsKind kind)
    {
        var stem = kind == UnixFsKind.File && WeightFormat.Of(name) is not null ? Path.GetFileNameWithoutExtension(name) : name;
        var plain = string.Concat(stem.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' ? c : '-')).TrimStart('.', '_', '-');
        return plain.Length == 0 ? "model" : plain.Length > 96 ? plain[..96] : plain;
    }
}
