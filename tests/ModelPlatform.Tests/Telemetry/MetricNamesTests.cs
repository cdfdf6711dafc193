using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using ModelPlatform.Jobs;

namespace ModelPlatform.Tests.Telemetry;

/// <summary>What the code measures, what docs/operations/observability.md says it measures, and what the Grafana dashboard asks for are the same.</summary>
public sealed partial class MetricNamesTests
{
    private static readonly string Docs = Path.Combine(FindRoot(), "docs", "operations");

    [Fact]
    public void Instruments_AllOfThem_AreDocumentedWithUnitAndLabels()
    {
        var documented = Row().Matches(File.ReadAllText(Path.Combine(Docs, "observability.md")))
            .Select(row => $"{row.Groups["name"].Value} {row.Groups["unit"].Value} {row.Groups["prometheus"].Value}");

        Assert.Equal(Instruments().Select(instrument => $"{instrument.Name} {instrument.Unit} {Prometheus(instrument)}").Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Instruments_AllOfThem_HaveAUnitOfUcumAndADescription()
    {
        var instruments = Instruments();

        Assert.True(instruments.Count >= 12, "The instruments were not found.");
        Assert.All(instruments, instrument => Assert.Matches(@"^(By|s|\{[a-z]+\})$", instrument.Unit));
        Assert.All(instruments, instrument => Assert.False(string.IsNullOrEmpty(instrument.Description)));
    }

    [Fact]
    public void Grafana_AsksForExactlyTheseNames()
    {
        var dashboard = JsonNode.Parse(File.ReadAllText(Path.Combine(Docs, "grafana.json")))!;
        var asked = dashboard["panels"]!.AsArray().SelectMany(panel => panel!["targets"]?.AsArray() ?? [])
            .SelectMany(target => OwnName().Matches(Labels().Replace((string)target!["expr"]!, string.Empty))).Select(match => Histogram().Replace(match.Value, string.Empty));

        Assert.Equal(Instruments().Select(Prometheus).Order(StringComparer.Ordinal), asked.Distinct().Order(StringComparer.Ordinal));
    }

    /// <summary>As the Prometheus exporter writes it: unit and kind behind the name.</summary>
    private static string Prometheus(Instrument instrument)
    {
        var unit = instrument.Unit switch { "By" => "_bytes", "s" => "_seconds", _ => string.Empty };
        var total = instrument.GetType().GetGenericTypeDefinition() == typeof(Counter<>) ? "_total" : string.Empty;
        return instrument.Name.Replace('.', '_') + unit + total;
    }

    private static List<Instrument> Instruments()
    {
        var found = new List<Instrument>();
        foreach (var type in typeof(JobTelemetry).Assembly.GetTypes().Where(type => type.Name.EndsWith("Telemetry", StringComparison.Ordinal)))
        {
            RuntimeHelpers.RunClassConstructor(type.TypeHandle);
        }

        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        JobTelemetry.ObserveDepth(services.GetRequiredService<IMeterFactory>().Create(JobTelemetry.Name), () => []);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name.StartsWith("ModelPlatform", StringComparison.Ordinal))
                {
                    found.Add(instrument);
                }
            },
        };
        listener.Start();
        return [.. found.DistinctBy(instrument => instrument.Name)];
    }

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory!.FullName, "ModelPlatform.sln")))
        {
            directory = directory.Parent;
        }

        return directory.FullName;
    }

    [GeneratedRegex(@"^\| `(?<name>modelplatform\.[\w.]+)` \| `(?<prometheus>\w+)` \| `(?<unit>[^`]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"\bmodelplatform_\w+")]
    private static partial Regex OwnName();

    [GeneratedRegex(@"by \([^)]*\)|\{[^}]*\}")]
    private static partial Regex Labels();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex Histogram();
}
