using ModelPlatform.Client.Connection;

namespace ModelPlatform.Dashboard.Live;

/// <summary>What went wrong for this person: the present ones, and those that were dismissed.</summary>
internal sealed class Problems(TimeProvider time)
{
    private const int Kept = 50;
    private readonly List<ReportedProblem> history = [];

    public event Action? Changed;

    public IReadOnlyList<ReportedProblem> History => history;

    public IEnumerable<ReportedProblem> Open => history.Where(problem => !problem.IsDismissed);

    /// <summary>Shows a failure.</summary>
    /// <param name="attempted">What was tried, as an infinitive: "cancel the job".</param>
    /// <param name="problem">Why not.</param>
    /// <param name="retry">Tries again.</param>
    public void Report(string attempted, ApiProblem problem, Func<Task>? retry = null)
    {
        history.RemoveAll(known => !known.IsDismissed && known.Attempted == attempted && known.Problem.Error == problem.Error);
        history.Insert(0, new ReportedProblem(attempted, problem, time.GetUtcNow(), retry));
        if (history.Count > Kept)
        {
            history.RemoveAt(Kept);
        }

        Changed?.Invoke();
    }

    public void Dismiss(ReportedProblem problem)
    {
        problem.IsDismissed = true;
        Changed?.Invoke();
    }
}

/// <summary>A failure as it was shown.</summary>
internal sealed class ReportedProblem(string attempted, ApiProblem problem, DateTimeOffset at, Func<Task>? retry)
{
    public string Attempted { get; } = attempted;

    public ApiProblem Problem { get; } = problem;

    public DateTimeOffset At { get; } = at;

    public Func<Task>? Retry { get; } = retry;

    public bool IsDismissed { get; set; }
}
