using Microsoft.Extensions.Logging;

namespace ModelPlatform.Registry;

internal sealed partial class RegistryIndex
{
    [LoggerMessage(4001, LogLevel.Information, "Redis has no catalog index: it is made from the manifests")]
    private partial void LogEmpty();

    [LoggerMessage(4002, LogLevel.Information, "The catalog index holds {Models} models; {Problems} manifests were left out")]
    private partial void LogRebuilt(int models, int problems);

    [LoggerMessage(4003, LogLevel.Error, "{Model} is left out of the catalog: {Reason}")]
    private partial void LogRefused(ModelId model, string reason);

    [LoggerMessage(4004, LogLevel.Warning, "Redis does not answer: models are looked up in the record store")]
    private partial void LogUnavailable(Exception exception);
}
