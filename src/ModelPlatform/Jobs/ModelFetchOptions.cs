using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace ModelPlatform.Jobs;

/// <summary>Settings <c>MODEL_FETCH_*</c> that concern jobs. Times are milliseconds.</summary>
public sealed class ModelFetchOptions
{
    private const string Prefix = "MODEL_FETCH_";

    /// <summary>All settings that begin so; another one is a mistake and refused at start.</summary>
    private static readonly string[] Known =
    [
        "TOKEN", "ANONYMOUS_READ", "ALLOW_ANONYMOUS", "WORKER_ENABLED", "MAX_CONCURRENT", "POLL_INTERVAL", "MAX_FILE_SIZE", "MAX_RETRIES", "INITIAL_RETRY_DELAY", "WEBHOOK_SECRET",
    ];

    /// <summary>Whether job servers take jobs until told otherwise with WorkerControl.</summary>
    public bool WorkerEnabled { get; private set; } = true;

    /// <summary>Fetches at once in one job server.</summary>
    [Range(1, 64)]
    public int MaxConcurrent { get; private set; } = 3;

    /// <summary>How often a job server looks for work nobody woke it for.</summary>
    public TimeSpan PollInterval { get; private set; } = TimeSpan.FromSeconds(5);

    /// <summary>Largest file taken, in bytes; 0 takes any.</summary>
    [Range(0, long.MaxValue)]
    public long MaxFileSize { get; private set; } = 5_368_709_120;

    /// <summary>Retries after the first try, where the caller does not say.</summary>
    [Range(0, 100)]
    public int MaxRetries { get; private set; } = 3;

    /// <summary>Wait before the first retry; doubled for each further one.</summary>
    public TimeSpan InitialRetryDelay { get; private set; } = TimeSpan.FromSeconds(5);

    /// <summary>Key of webhook signatures: text, or <c>whsec_</c> and base64. Null signs nothing.</summary>
    public string? WebhookSecret { get; private set; }

    /// <summary>Reads the settings.</summary>
    /// <exception cref="InvalidOperationException">One is unknown or malformed.</exception>
    internal void Read(IConfiguration configuration)
    {
        foreach (var child in configuration.GetChildren())
        {
            if (child.Key.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) && !Known.Contains(child.Key[Prefix.Length..], StringComparer.OrdinalIgnoreCase))
            {
                throw new InvalidOperationException($"{child.Key} is not a setting. Known: {string.Join(", ", Known.Select(name => Prefix + name))}.");
            }
        }

        WorkerEnabled = Value(configuration, "WORKER_ENABLED", WorkerEnabled, bool.TryParse, "true or false");
        MaxConcurrent = Value(configuration, "MAX_CONCURRENT", MaxConcurrent, TryParseInteger, "an integer from 1 to 64");
        PollInterval = TimeSpan.FromMilliseconds(Value(configuration, "POLL_INTERVAL", (int)PollInterval.TotalMilliseconds, TryParsePositive, "milliseconds, at least 1"));
        MaxFileSize = Value(configuration, "MAX_FILE_SIZE", MaxFileSize, TryParseLong, "bytes");
        MaxFileSize = MaxFileSize == 0 ? long.MaxValue : MaxFileSize;
        MaxRetries = Value(configuration, "MAX_RETRIES", MaxRetries, TryParseInteger, "an integer from 0 to 100");
        InitialRetryDelay = TimeSpan.FromMilliseconds(Value(configuration, "INITIAL_RETRY_DELAY", (int)InitialRetryDelay.TotalMilliseconds, TryParsePositive, "milliseconds, at least 1"));
        WebhookSecret = configuration[Prefix + "WEBHOOK_SECRET"] is { Length: > 0 } secret ? secret : null;
    }

    private delegate bool TryParse<T>(string text, out T value);

    private static T Value<T>(IConfiguration configuration, string name, T standard, TryParse<T> parse, string expected)
    {
        var text = configuration[Prefix + name];
        if (string.IsNullOrEmpty(text))
        {
            return standard;
        }

        return parse(text, out var value) ? value : throw new InvalidOperationException($"{Prefix}{name} is '{text}', expected {expected}.");
    }

    private static bool TryParseInteger(string text, out int value) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    private static bool TryParsePositive(string text, out int value) => TryParseInteger(text, out value) && value > 0;

    private static bool TryParseLong(string text, out long value) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
