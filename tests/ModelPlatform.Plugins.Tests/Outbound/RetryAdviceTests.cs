using ModelPlatform.Plugins.Outbound;

namespace ModelPlatform.Plugins.Tests.Outbound;

public sealed class RetryAdviceTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Theory]
    [InlineData("30", 30)]
    [InlineData("0", 1)]
    [InlineData("3600", 3600)]
    [InlineData("99999999999999999999999", 3600)]
    [InlineData("-5", 60)]
    [InlineData("soon", 60)]
    [InlineData("1.5", 60)]
    [InlineData("Fri, 02 Jan 2026 03:05:05 GMT", 60)]
    [InlineData("Fri, 02 Jan 2026 03:04:15 GMT", 10)]
    [InlineData("Thu, 01 Jan 2026 00:00:00 GMT", 1)]
    [InlineData("Fri, 02 Jan 2099 03:04:15 GMT", 3600)]
    public void OfRefusal_RetryAfter_Capped(string value, int seconds)
    {
        using var answer = new HttpResponseMessage();
        answer.Headers.TryAddWithoutValidation("Retry-After", value);
        Assert.Equal(TimeSpan.FromSeconds(seconds), RetryAdvice.OfRefusal(answer.Headers, Now));
    }

    [Theory]
    [InlineData("\"api\";r=0;t=55", 56)]
    [InlineData("\"api\"; r=0; t=55", 56)]
    [InlineData("\"api\";r=0;t=999999999999999999999", 3600)]
    [InlineData("\"pages\";r=3;t=10, \"api\";r=0;t=20", 21)]
    [InlineData("\"api\";r=10;t=55", null)]
    [InlineData("\"api\";r=0", null)]
    [InlineData("nonsense", null)]
    public void OfExhaustedLimit_RateLimit_WaitOnlyWhenNothingRemains(string value, int? seconds)
    {
        using var answer = new HttpResponseMessage();
        answer.Headers.TryAddWithoutValidation("RateLimit", value);
        Assert.Equal(seconds is { } s ? TimeSpan.FromSeconds(s) : null, RetryAdvice.OfExhaustedLimit(answer.Headers));
    }

    [Fact]
    public void OfRefusal_BothHeaders_RateLimitFirst()
    {
        using var answer = new HttpResponseMessage();
        answer.Headers.TryAddWithoutValidation("RateLimit", "\"api\";r=0;t=55");
        answer.Headers.TryAddWithoutValidation("Retry-After", "500");
        Assert.Equal(TimeSpan.FromSeconds(56), RetryAdvice.OfRefusal(answer.Headers, Now));
    }
}
