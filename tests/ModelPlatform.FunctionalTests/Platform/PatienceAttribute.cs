using System.Collections.Concurrent;
using System.Reflection;
using ModelPlatform.FunctionalTests.Platform;
using Xunit.v3;

[assembly: Patience]

namespace ModelPlatform.FunctionalTests.Platform;

/// <summary>Ends a test that waits for what will never come, so that the run goes on and names it.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class PatienceAttribute : BeforeAfterTestAttribute
{
    // Longer than the longest test takes anywhere, the chaos of a hundred kills included.
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);

    private readonly ConcurrentDictionary<string, Timer> timers = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public override void Before(MethodInfo methodUnderTest, IXunitTest test)
    {
        var context = TestContext.Current;
        timers[test.UniqueID] = new Timer(_ => context.CancelCurrentTest(), null, Longest, Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc/>
    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        if (timers.TryRemove(test.UniqueID, out var timer))
        {
            timer.Dispose();
        }
    }
}
