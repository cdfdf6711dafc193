using System.Diagnostics.CodeAnalysis;

namespace ModelPlatform.Sources;

/// <summary>A value, or the <see cref="PlatformError"/> that stands in its place.</summary>
public readonly struct Result<T>
{
    private readonly T? value;

    private Result(T? value, PlatformError? error)
    {
        this.value = value;
        Error = error;
    }

    /// <summary>The failure, or null where there is a value.</summary>
    public PlatformError? Error { get; }

    /// <summary>Whether there is a value.</summary>
    [MemberNotNullWhen(false, nameof(Error))]
    public bool IsSuccess => Error is null;

    /// <summary>The value.</summary>
    /// <exception cref="InvalidOperationException">There is none: look at <see cref="IsSuccess"/> first.</exception>
    public T Value => Error is null ? value! : throw new InvalidOperationException($"No value: {Error.Message}");

    /// <summary>Takes the value, or the error, in one step.</summary>
    public bool TryGet([MaybeNullWhen(false)] out T result, [NotNullWhen(false)] out PlatformError? error)
    {
        (result, error) = (value, Error);
        return error is null;
    }

    /// <summary>A success.</summary>
    public static implicit operator Result<T>(T value) => new(value, null);

    /// <summary>A failure.</summary>
    public static implicit operator Result<T>(PlatformError error) => new(default, error ?? throw new ArgumentNullException(nameof(error)));
}
