using ModelPlatform.Api.Jobs;
using ModelPlatform.Jobs;
using ModelPlatform.Sources;

namespace ModelPlatform.Tests.Api;

public sealed class VariantStatusesTests
{
    [Theory]
    [InlineData(null, null, false, true, 1000L, "available")]
    [InlineData(null, null, false, true, 3_000_000_000L, "server_only")]
    [InlineData(null, null, false, false, 1000L, "unsupported")]
    [InlineData(null, null, true, true, 3_000_000_000L, "downloaded")]
    [InlineData(FetchStatus.Queued, null, false, true, 1000L, "downloading")]
    [InlineData(FetchStatus.Paused, null, false, true, 1000L, "downloading")]
    [InlineData(FetchStatus.Downloading, null, true, true, 1000L, "downloading")]
    [InlineData(FetchStatus.Completed, null, true, true, 1000L, "downloaded")]
    [InlineData(FetchStatus.Completed, null, false, true, 1000L, "available")]
    [InlineData(FetchStatus.Cancelled, null, false, true, 1000L, "available")]
    [InlineData(FetchStatus.Failed, "INTEGRITY_FAILED", false, true, 1000L, "failed")]
    [InlineData(FetchStatus.Failed, "INTEGRITY_FAILED", true, true, 1000L, "downloaded")]
    [InlineData(FetchStatus.Failed, "MODEL_NOT_FOUND", false, true, 1000L, "not_found")]
    [InlineData(FetchStatus.Failed, "SOURCE_SERVER_ERROR", false, true, 1000L, "unavailable")]
    [InlineData(FetchStatus.Failed, "UNSUPPORTED_FRAMEWORK", false, true, 1000L, "unsupported")]
    [InlineData(FetchStatus.Failed, null, false, true, 1000L, "failed")]
    public void Judge_Everything_IsOneOfTheSeedsWords(FetchStatus? status, string? errorCode, bool isFetched, bool isKnown, long size, string expected)
    {
        var variant = new SourceVariant("q4", [new SourceFile("model.onnx", "x") { Size = size }], "int4");
        var job = status is { } reached
            ? new FetchJob { Id = "j", Source = "huggingface", SourceReference = "org/tiny", ModelName = "tiny", ModelVersion = "v1", ModelId = "tiny:v1", Stage = "development", Status = reached, ErrorCode = errorCode }
            : null;
        Assert.Equal(expected, VariantStatuses.Judge(variant, isKnown, isFetched, job));
    }
}
