using ModelPlatform.Dashboard.Components.Controls;

namespace ModelPlatform.Dashboard.Tests.Components;

public sealed class ReferenceGuessTests
{
    [Theory]
    [InlineData("org/model", "huggingface", "org/model")]
    [InlineData("https://huggingface.co/org/model", "huggingface", "org/model")]
    [InlineData("hf.co/org/model/", "huggingface", "org/model")]
    [InlineData("https://huggingface.co/org/model/resolve/main/x.onnx", "url", "https://huggingface.co/org/model/resolve/main/x.onnx")]
    [InlineData(" http://host/x ", "url", "http://host/x")]
    [InlineData("ipfs://bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi", "ipfs", "ipfs://bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi")]
    [InlineData("QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG/readme", "ipfs", "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG/readme")]
    [InlineData("ppocr/det.onnx", "filesystem", "ppocr/det.onnx")]
    public void Of_WhatPeoplePaste_NamesTheSource(string text, string source, string reference) => Assert.Equal((source, reference), ReferenceGuess.Of(text));

    [Theory]
    [InlineData("")]
    [InlineData("ppocr")]
    public void Of_AmbiguousText_GuessesNothing(string text) => Assert.Null(ReferenceGuess.Of(text));
}
