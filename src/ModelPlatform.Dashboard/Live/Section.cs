using ModelPlatform.Client.Connection;

namespace ModelPlatform.Dashboard.Live;

/// <summary>One part of what is known: not asked yet, a value, or why there is none. A value stays when a later question fails.</summary>
/// <param name="Value">What was answered last.</param>
/// <param name="Problem">Why the last question failed.</param>
/// <param name="IsLoaded">Whether there was any answer yet.</param>
internal readonly record struct Section<T>(T? Value, ApiProblem? Problem, bool IsLoaded)
    where T : class
{
    public Section<T> With(ApiResult<T> answer) =>
        answer.TryGet(out var value, out var problem) ? new Section<T>(value, null, true) : new Section<T>(problem.IsNotOffered ? null : Value, problem, true);
}
