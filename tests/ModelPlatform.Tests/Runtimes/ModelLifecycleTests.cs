using ModelPlatform.Runtimes;
using ModelPlatform.Sources;
using ModelPlatform.Sources.Runtimes;
using static ModelPlatform.Runtimes.ModelStatus;

namespace ModelPlatform.Tests.Runtimes;

/// <summary>The two machines, arrow by arrow.</summary>
public sealed class ModelLifecycleTests
{
    [Fact]
    public void Allows_ExactlyTheArrowsOfTheSeedAndUnloadAndDelete()
    {
        (ModelStatus From, ModelStatus To)[] arrows =
        [
            (NotDownloaded, Downloading), (Downloading, Downloaded), (Downloading, Error), (Downloaded, Loading), (Loading, Loaded), (Loading, Error),
            (Loaded, Loading), (Loaded, NotDownloaded), (Error, Downloading), (Error, Loading), (Error, NotDownloaded),
            // unloadModel, deleteModel of what is not loaded, and complete failure of a loaded model.
            (Loaded, Downloaded), (Downloaded, NotDownloaded), (Loaded, Error),
        ];

        var all = from before in Enum.GetValues<ModelStatus>() from after in Enum.GetValues<ModelStatus>() where ModelLifecycle.Allows(before, after) select (before, after);

        Assert.Equal(arrows.Order(), all.Order());
    }

    [Theory]
    [InlineData(Downloaded, ModelLifecycle.Unload, "Allowed: load, delete.")]
    [InlineData(Loaded, ModelLifecycle.Reset, "Allowed: infer, load, reload, unload, delete.")]
    [InlineData(Loading, ModelLifecycle.Unload, "Allowed: load.")]
    [InlineData(NotDownloaded, ModelLifecycle.Infer, "Allowed: download, load.")]
    [InlineData(Error, ModelLifecycle.Infer, "Allowed: download, load, reload, reset, delete.")]
    public void Refuse_AForbiddenAction_NamesThoseAllowed(ModelStatus status, string action, string allowed)
    {
        var refusal = ModelLifecycle.Refuse("m:v1", status, action);

        Assert.Equal(ErrorCode.InvalidState, refusal!.Code);
        Assert.EndsWith(allowed, refusal.Message);
    }

    [Fact]
    public void Health_StepsDownAndUpOneAtATimeAndFailsCompletely()
    {
        var (health, failures, seen) = (HealthMachine.Start, 0, new List<string>());
        foreach (var outcome in new[] { ProbeOutcome.Impaired, ProbeOutcome.Good, ProbeOutcome.Failed, ProbeOutcome.Failed, ProbeOutcome.Impaired, ProbeOutcome.Good, ProbeOutcome.Failed, ProbeOutcome.Failed, ProbeOutcome.Failed })
        {
            failures = outcome is ProbeOutcome.Failed ? failures + 1 : 0;
            var before = health;
            (health, var isComplete) = HealthMachine.Next(health, outcome, failures, 3);
            Assert.True(HealthMachine.Allows(before, health));
            seen.Add(isComplete ? "error" : health.ToString());
        }

        Assert.Equal(["Degraded", "Healthy", "Degraded", "Unhealthy", "Degraded", "Healthy", "Degraded", "Unhealthy", "error"], seen);
    }

    [Fact]
    public void Health_NeverJumpsBetweenHealthyAndUnhealthy() => Assert.False(HealthMachine.Allows(ModelHealth.Healthy, ModelHealth.Unhealthy) || HealthMachine.Allows(ModelHealth.Unhealthy, ModelHealth.Healthy));
}
