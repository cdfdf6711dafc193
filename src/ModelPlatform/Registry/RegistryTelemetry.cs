using System.Diagnostics;

namespace ModelPlatform.Registry;

/// <summary>What is told of the registry.</summary>
internal static class RegistryTelemetry
{
    public const string Name = "ModelPlatform.Registry";

    private static readonly ActivitySource Spans = new(Name);

    public static Activity? StartPublish(ModelId id) => Spans.StartActivity("publish model")?.SetTag("modelplatform.model", id.ToString());
}
