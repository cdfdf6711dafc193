using Microsoft.Extensions.Logging;

namespace ModelPlatform.Tests.Jobs;

/// <summary>Counts messages that hold some words.</summary>
internal sealed class CountingLog(string words) : ILoggerProvider, ILogger
{
    private int count;

    public int Count => Volatile.Read(ref count);

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (formatter(state, exception).Contains(words, StringComparison.Ordinal))
        {
            Interlocked.Increment(ref count);
        }
    }

    public void Dispose()
    {
    }
}
