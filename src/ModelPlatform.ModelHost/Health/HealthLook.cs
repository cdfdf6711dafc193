using ModelPlatform.ModelHost.Loading;
using ModelPlatform.Runtimes;
using ModelPlatform.Sources.Runtimes;

namespace ModelPlatform.ModelHost.Health;

/// <summary>Looks at a loaded model once: the runtime's own opinion, a probe, and how the real inferences went since the last look.</summary>
internal sealed class HealthLook(RuntimeOptions options, TimeProvider time)
{
    public async Task<HealthFinding> TakeAsync(LoadedInstance instance, CancellationToken cancellationToken)
    {
        var errorRate = instance.Calls.TakeErrorRate();
        if (!instance.TryEnter())
        {
            return new HealthFinding(ProbeOutcome.Good, null, null);
        }

        using var limit = new CancellationTokenSource(options.ProbeTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, instance.Breaking, cancellationToken);
        var started = time.GetTimestamp();
        try
        {
            var opinion = await instance.Model.CheckHealthAsync(either.Token);
            var probe = await instance.Probe.RunAsync(either.Token);
            return Judge(opinion, probe.Error?.Message, instance.Probe.IsImpossible, time.GetElapsedTime(started), errorRate);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return new HealthFinding(ProbeOutcome.Failed, time.GetElapsedTime(started).TotalMilliseconds, $"The probe took longer than {options.ProbeTimeout.TotalSeconds:0.#} s.");
        }
        finally
        {
            instance.Exit();
        }
    }

    private HealthFinding Judge(ModelHealth opinion, string? failure, bool isImpossible, TimeSpan elapsed, double? errorRate)
    {
        var milliseconds = elapsed.TotalMilliseconds;
        return failure is not null && !isImpossible ? new HealthFinding(ProbeOutcome.Failed, milliseconds, failure)
            : opinion is ModelHealth.Unhealthy ? new HealthFinding(ProbeOutcome.Failed, milliseconds, "The runtime says that it is unhealthy.")
            : errorRate >= options.FailedErrorRate ? new HealthFinding(ProbeOutcome.Failed, milliseconds, $"{errorRate:P0} of the inferences since the last look failed.")
            : opinion is ModelHealth.Degraded ? new HealthFinding(ProbeOutcome.Impaired, milliseconds, "The runtime says that it is degraded.")
            : errorRate >= options.ImpairedErrorRate ? new HealthFinding(ProbeOutcome.Impaired, milliseconds, $"{errorRate:P0} of the inferences since the last look failed.")
            : isImpossible ? new HealthFinding(ProbeOutcome.Good, null, $"Judged by real inferences only: {failure}")
            : elapsed >= options.SlowProbe ? new HealthFinding(ProbeOutcome.Impaired, milliseconds, $"The probe took {milliseconds:0} ms, more than {options.SlowProbe.TotalMilliseconds:0}.")
            : new HealthFinding(ProbeOutcome.Good, milliseconds, null);
    }
}

/// <summary>What a look showed.</summary>
internal sealed record HealthFinding(ProbeOutcome Outcome, double? Milliseconds, string? Note);
