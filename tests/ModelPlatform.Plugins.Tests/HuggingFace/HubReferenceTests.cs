using ModelPlatform.Plugins.HuggingFace.Hub;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.Tests.HuggingFace;

public sealed class HubReferenceTests
{
    private static readonly Uri Endpoint = new("http://127.0.0.1:8080/hf");

    private static Result<HubReference> Parse(string text, string? revision = null) => HubReference.Parse(new SourceReference(text) { Revision = revision }, Endpoint);

    [Theory]
    [InlineData("gpt2", "gpt2", "main", null)]
    [InlineData("org/name", "org/name", "main", null)]
    [InlineData("org/name@v1.0", "org/name", "v1.0", null)]
    [InlineData("hf://org/name", "org/name", "main", null)]
    [InlineData("hf://org/name@refs/pr/1", "org/name", "refs/pr/1", null)]
    [InlineData("hf://org/name@refs%2Fpr%2F1/onnx/model.onnx", "org/name", "refs/pr/1", "onnx/model.onnx")]
    [InlineData("hf://org/name/model.gguf", "org/name", "main", "model.gguf")]
    [InlineData("https://huggingface.co/org/name", "org/name", "main", null)]
    [InlineData("https://huggingface.co/gpt2/", "gpt2", "main", null)]
    [InlineData("https://hf.co/org/name/tree/dev", "org/name", "dev", null)]
    [InlineData("https://huggingface.co/org/name/tree/refs%2Fpr%2F1", "org/name", "refs/pr/1", null)]
    [InlineData("https://huggingface.co/org/name/blob/main/a/b.gguf", "org/name", "main", "a/b.gguf")]
    [InlineData("https://huggingface.co/org/name/resolve/main/b.gguf?download=true", "org/name", "main", "b.gguf")]
    [InlineData("http://127.0.0.1:8080/hf/org/name", "org/name", "main", null)]
    public void Parse_KnownForm_IsRead(string text, string id, string revision, string? file)
    {
        var result = Parse(text);

        Assert.True(result.IsSuccess, result.Error?.Message);
        Assert.Equal(new HubReference(false, id, revision, file), result.Value);
    }

    [Theory]
    [InlineData("datasets/org/name")]
    [InlineData("hf://datasets/org/name")]
    [InlineData("https://huggingface.co/datasets/org/name/tree/main")]
    public void Parse_Dataset_IsOne(string text) => Assert.Equal(new HubReference(true, "org/name", "main", null), Parse(text).Value);

    [Theory]
    [InlineData("")]
    [InlineData("a/b/c")]
    [InlineData("org/na me")]
    [InlineData("org/name--x")]
    [InlineData("org/name.git")]
    [InlineData("-org/name")]
    [InlineData("org/")]
    [InlineData("org//name")]
    [InlineData("org/имя")]
    [InlineData("spaces/org/name")]
    [InlineData("org/name?x=1")]
    [InlineData("https://huggingface.co/org/name/tree")]
    [InlineData("https://huggingface.co/org/name/commit/abc")]
    [InlineData("https://evil.example/org/name")]
    [InlineData("https://user:pw@huggingface.co/org/name")]
    [InlineData("http://127.0.0.1:8081/hf/org/name")]
    [InlineData("ftp://huggingface.co/org/name")]
    public void Parse_Malformed_IsInvalidRequest(string text) => Assert.Equal(ErrorCode.InvalidRequest, Parse(text).Error?.Code);

    [Theory]
    [InlineData("../etc/passwd")]
    [InlineData("org/..")]
    [InlineData("org/%2e%2e")]
    [InlineData("/org/name")]
    [InlineData("org\\name")]
    [InlineData("https://huggingface.co/org/../name")]
    [InlineData("hf://org/name/../x")]
    [InlineData("hf://org/name@main/a%2f..%2f..%2fx")]
    public void Parse_Traversal_IsSecurityViolation(string text) => Assert.Equal(ErrorCode.SecurityViolation, Parse(text).Error?.Code);

    [Theory]
    [InlineData("main x", ErrorCode.InvalidRequest)]
    [InlineData("a..b", ErrorCode.InvalidRequest)]
    [InlineData("-x", ErrorCode.InvalidRequest)]
    [InlineData("x\r\nHost: evil", ErrorCode.InvalidRequest)]
    [InlineData("a?b", ErrorCode.InvalidRequest)]
    [InlineData("x.lock", ErrorCode.InvalidRequest)]
    [InlineData("", ErrorCode.InvalidRequest)]
    [InlineData("../../x", ErrorCode.SecurityViolation)]
    [InlineData("a\\b", ErrorCode.SecurityViolation)]
    public void Parse_BadRevision_IsRefused(string revision, ErrorCode code) => Assert.Equal(code, Parse("org/name", revision).Error?.Code);

    [Fact]
    public void Parse_TwoDifferentRevisions_IsInvalidRequest()
    {
        Assert.Equal(ErrorCode.InvalidRequest, Parse("org/name@a", "b").Error?.Code);
        Assert.Equal("a", Parse("org/name@a", "a").Value.Revision);
    }
}
