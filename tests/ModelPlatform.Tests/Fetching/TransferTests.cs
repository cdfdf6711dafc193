using ModelPlatform.Fetching.Transfer;
using ModelPlatform.Sources;

namespace ModelPlatform.Tests.Fetching;

public sealed class TransferTests
{
    [Fact]
    public void AbortAndOvertake_AfterTheTransferEnded_ChangeNothing()
    {
        var transfer = new Transfer(TimeProvider.System, TestContext.Current.CancellationToken);
        var token = transfer.Token;
        transfer.Dispose();

        // A raced connection finishes while the one it raced already waits for its next try.
        transfer.Overtake();
        transfer.Abort(new PlatformError(ErrorCode.NetworkTimeout, "too late"));

        Assert.False(token.IsCancellationRequested);
    }

    [Fact]
    public void Overtake_WhileTheTransferRuns_EndsIt()
    {
        using var transfer = new Transfer(TimeProvider.System, TestContext.Current.CancellationToken);
        transfer.Overtake();
        Assert.True(transfer.Token.IsCancellationRequested && transfer.IsOvertaken);
    }
}
