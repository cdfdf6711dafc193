using Microsoft.Extensions.Logging;

namespace ModelPlatform.Registry;

internal sealed partial class RegistryIndex
{
    [LoggerMessage(1, LogLevel.Information, "Redis has no catalog index: it is made from the manifests")]
    private partial void LogEmpty();

    [LoggerMessage(2, LogLevel.Information, "The catalog index holds {Models} models; {Problems} manifests were left out")]
    private partial void LogRebuilt(int models, int problems);

    [LoggerMessage(3, LogLevel.Error, "{Model} is left out of the catalog: {Reason}")]
    private partial void LogRefused(ModelId model, string reason);

    [LoggerMessage(4, LogLevel.Warning, "Redis does not answer: models are looked up in the record store")]
    private partial void LogUnavailable(Exception exception);
}
