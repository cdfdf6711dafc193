using ModelPlatform.Integrity;
using ModelPlatform.Registry;

namespace ModelPlatform.Api.Uploads;

/// <summary>What a body is to become.</summary>
/// <param name="Model">Its identity.</param>
/// <param name="Framework">As the caller names it; null looks at the first bytes.</param>
/// <param name="Stage">Its stage.</param>
/// <param name="ExpectedSha256">What the caller says the bytes hash to.</param>
/// <param name="MaxBytes">The largest file taken.</param>
internal sealed record UploadRequest(ModelId Model, string? Framework, string Stage, Sha256Digest? ExpectedSha256, long MaxBytes);
