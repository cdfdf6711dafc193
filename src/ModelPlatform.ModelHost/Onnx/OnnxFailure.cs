using System.Text.RegularExpressions;
using Microsoft.ML.OnnxRuntime;
using ModelPlatform.Sources;

namespace ModelPlatform.ModelHost.Onnx;

/// <summary>What ONNX Runtime throws, as an error that says what to do.</summary>
internal static partial class OnnxFailure
{
    private const int Longest = 400;

    public static PlatformError OfLoad(string model, string path, OnnxRuntimeException exception)
    {
        var reason = Reason(exception);
        return reason.Contains("No Op registered", StringComparison.Ordinal) || reason.Contains("not a registered function/op", StringComparison.Ordinal) || reason.Contains("Could not find an implementation", StringComparison.Ordinal) || reason.Contains("Unrecognized attribute", StringComparison.Ordinal)
            ? new PlatformError(ErrorCode.UnsupportedFramework, $"{path} of {model} needs an operator that this ONNX Runtime does not have: {reason}")
            : reason.Contains("opset", StringComparison.OrdinalIgnoreCase) || reason.Contains("IR version", StringComparison.OrdinalIgnoreCase)
            ? new PlatformError(ErrorCode.UnsupportedFramework, $"{path} of {model} is newer than this ONNX Runtime: {reason}")
            : new PlatformError(ErrorCode.IntegrityFailed, $"ONNX Runtime refuses {path} of {model}: {reason} Its bytes are those that were fetched, so the model itself is bad.");
    }

    public static PlatformError OfRun(string model, OnnxRuntimeException exception) =>
        exception.Message.Contains("InvalidArgument", StringComparison.Ordinal)
            ? new PlatformError(ErrorCode.InvalidRequest, $"{model} does not take these inputs: {Reason(exception)}")
            : new PlatformError(ErrorCode.InvalidRequest, $"{model} failed on these inputs: {Reason(exception)}");

    private static string Reason(OnnxRuntimeException exception)
    {
        // "[ErrorCode:Fail] /onnxruntime_src/…/file.cc:123 function what is wrong"
        var text = SourcePlace().Replace(Prefix().Replace(exception.Message.ReplaceLineEndings(" "), string.Empty), string.Empty).Trim();
        return text.Length > Longest ? $"{text[..Longest]}…" : text.EndsWith('.') ? text : $"{text}.";
    }

    [GeneratedRegex(@"^\[ErrorCode:\w+\]\s*")]
    private static partial Regex Prefix();

    [GeneratedRegex(@"(Exception during initialization: |Load model from (memory )?failed:\s*)?/\S+\.(cc|h):\d+ .*?\) (?=\S)")]
    private static partial Regex SourcePlace();
}
