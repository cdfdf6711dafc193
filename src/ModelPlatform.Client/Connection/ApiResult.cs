using System.Diagnostics.CodeAnalysis;

namespace ModelPlatform.Client.Connection;

/// <summary>What the platform answered: a value, or the <see cref="ApiProblem"/> that stands in its place.</summary>
public readonly struct ApiResult<T>
{
    private readonly T? value;

    private ApiResult(T? value, ApiProblem? problem)
    {
        this.value = value;
        Problem = problem;
    }

    /// <summary>Why there is no value; null where there is one.</summary>
    public ApiProblem? Problem { get; }

    /// <summary>Whether there is a value.</summary>
    [MemberNotNullWhen(false, nameof(Problem))]
    public bool IsSuccess => Problem is null;

    /// <summary>The value.</summary>
    /// <exception cref="ApiException">There is none.</exception>
    public T Value => Problem is null ? value! : throw new ApiException(Problem);

    /// <summary>Takes the value, or the problem, in one step.</summary>
    public bool TryGet([MaybeNullWhen(false)] out T result, [NotNullWhen(false)] out ApiProblem? problem)
    {
        (result, problem) = (value, Problem);
        return problem is null;
    }

    /// <summary>A success.</summary>
    public static implicit operator ApiResult<T>(T value) => new(value, null);

    /// <summary>A failure.</summary>
    public static implicit operator ApiResult<T>(ApiProblem problem) => new(default, problem ?? throw new ArgumentNullException(nameof(problem)));
}
