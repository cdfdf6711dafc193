using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using ModelPlatform.Client;
using ModelPlatform.Client.Connection;

namespace ModelPlatform.Cli.Commands;

/// <summary>One thing to ask the platform, and how its answer is written.</summary>
/// <param name="Json">For <c>--format json</c>.</param>
/// <param name="Send">Asks.</param>
/// <param name="Human">For people.</param>
/// <param name="Quiet">Ids, one a line.</param>
internal sealed record Question<T>(
    JsonTypeInfo<T> Json,
    Func<ModelPlatformClient, ParseResult, CancellationToken, Task<ApiResult<T>>> Send,
    Action<IAnsiConsole, T, ParseResult> Human,
    Func<T, ParseResult, IEnumerable<string?>> Quiet)
{
    /// <summary>What is wrong with the arguments; null where nothing is.</summary>
    public Func<ParseResult, string?>? Fault { get; init; }

    /// <summary>Asked before something that cannot be undone; null where that need not be.</summary>
    public Func<ParseResult, string?>? Confirm { get; init; }

    /// <summary>The command to try next after a failure.</summary>
    public Func<ParseResult, string>? Next { get; init; }

    /// <summary>The exit code of an answer that is no failure; 0 where nothing is said.</summary>
    public Func<T, int>? Exit { get; init; }
}

/// <summary>Makes questions.</summary>
internal static class Question
{
    /// <inheritdoc cref="Question{T}"/>
    public static Question<T> Of<T>(
        JsonTypeInfo<T> json,
        Func<ModelPlatformClient, ParseResult, CancellationToken, Task<ApiResult<T>>> send,
        Action<IAnsiConsole, T, ParseResult> human,
        Func<T, ParseResult, IEnumerable<string?>> quiet) => new(json, send, human, quiet);
}
