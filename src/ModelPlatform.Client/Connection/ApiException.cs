namespace ModelPlatform.Client.Connection;

/// <summary>Carries an <see cref="ApiProblem"/> where no result can be returned: out of a stream, or out of a value that was taken without looking.</summary>
public sealed class ApiException(ApiProblem problem, Exception? innerException = null) : Exception(problem.Error, innerException)
{
    /// <summary>The failure.</summary>
    public ApiProblem Problem { get; } = problem;
}
