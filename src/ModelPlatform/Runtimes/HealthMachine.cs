using ModelPlatform.Sources.Runtimes;

namespace ModelPlatform.Runtimes;

/// <summary>The machine of a loaded model's health: HEALTHY ⇄ DEGRADED ⇄ UNHEALTHY → ERROR, one step for each look.</summary>
public static class HealthMachine
{
    /// <summary>What a loaded model begins with.</summary>
    public const ModelHealth Start = ModelHealth.Healthy;

    /// <summary>The health after a look.</summary>
    /// <param name="health">The health so far.</param>
    /// <param name="outcome">What the look showed.</param>
    /// <param name="failuresInARow">How many looks in a row failed, this one included.</param>
    /// <param name="mostFailures">With so many an unhealthy model has failed completely.</param>
    /// <returns>The new health, and whether the failure is complete: the model's status becomes an error.</returns>
    public static (ModelHealth Health, bool IsCompleteFailure) Next(ModelHealth health, ProbeOutcome outcome, int failuresInARow, int mostFailures) => (health, outcome) switch
    {
        (ModelHealth.Healthy or ModelHealth.Unknown, ProbeOutcome.Good) => (ModelHealth.Healthy, false),
        (ModelHealth.Healthy or ModelHealth.Unknown, _) => (ModelHealth.Degraded, false),
        (ModelHealth.Degraded, ProbeOutcome.Good) => (ModelHealth.Healthy, false),
        (ModelHealth.Degraded, ProbeOutcome.Impaired) => (ModelHealth.Degraded, false),
        (ModelHealth.Degraded, _) => (ModelHealth.Unhealthy, false),
        (_, ProbeOutcome.Failed) => (ModelHealth.Unhealthy, failuresInARow >= mostFailures),
        _ => (ModelHealth.Degraded, false),
    };

    /// <summary>Whether one health may follow another.</summary>
    public static bool Allows(ModelHealth from, ModelHealth to) => from == to || Math.Abs((int)from - (int)to) == 1 || from is ModelHealth.Unknown || to is ModelHealth.Unknown;
}
