using Microsoft.Extensions.Configuration;
using ModelPlatform.Jobs;

namespace ModelPlatform.Tests.Jobs;

public sealed class ModelFetchOptionsTests
{
    [Fact]
    public void Read_NothingSet_HasTheDocumentedDefaults()
    {
        var options = Read();

        Assert.Equal(
            (true, 3, TimeSpan.FromMilliseconds(5_000), 5_368_709_120, 3, TimeSpan.FromMilliseconds(5_000), null),
            (options.WorkerEnabled, options.MaxConcurrent, options.PollInterval, options.MaxFileSize, options.MaxRetries, options.InitialRetryDelay, options.WebhookSecret));
    }

    [Fact]
    public void Read_EverySettingGiven_IsTaken()
    {
        var options = Read(
            ("MODEL_FETCH_WORKER_ENABLED", "false"), ("MODEL_FETCH_MAX_CONCURRENT", "7"), ("MODEL_FETCH_POLL_INTERVAL", "250"), ("MODEL_FETCH_MAX_FILE_SIZE", "0"), ("MODEL_FETCH_MAX_RETRIES", "0"),
            ("MODEL_FETCH_INITIAL_RETRY_DELAY", "10"), ("MODEL_FETCH_WEBHOOK_SECRET", "s"));

        Assert.Equal(
            (false, 7, TimeSpan.FromMilliseconds(250), long.MaxValue, 0, TimeSpan.FromMilliseconds(10), "s"),
            (options.WorkerEnabled, options.MaxConcurrent, options.PollInterval, options.MaxFileSize, options.MaxRetries, options.InitialRetryDelay, options.WebhookSecret));
    }

    [Theory]
    [InlineData("MODEL_FETCH_MAX_CONCURRENT", "many")]
    [InlineData("MODEL_FETCH_POLL_INTERVAL", "0")]
    [InlineData("MODEL_FETCH_WORKER_ENABLED", "perhaps")]
    [InlineData("MODEL_FETCH_MAX_RETRIES", "-1")]
    [InlineData("MODEL_FETCH_WORKER", "true")]
    public void Read_UnknownOrMalformed_IsRefusedByName(string name, string value) =>
        Assert.Contains(name, Assert.Throws<InvalidOperationException>(() => Read((name, value))).Message, StringComparison.Ordinal);

    private static ModelFetchOptions Read(params (string Name, string Value)[] settings)
    {
        var options = new ModelFetchOptions();
        options.Read(new ConfigurationBuilder().AddInMemoryCollection(settings.Select(pair => KeyValuePair.Create(pair.Name, (string?)pair.Value))).Build());
        return options;
    }
}
