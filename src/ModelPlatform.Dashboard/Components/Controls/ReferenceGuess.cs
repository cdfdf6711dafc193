using System.Text.RegularExpressions;

namespace ModelPlatform.Dashboard.Components.Controls;

/// <summary>Which source a pasted text most likely belongs to, and how that source names it.</summary>
internal static partial class ReferenceGuess
{
    /// <returns>The source and the reference for it; null where nothing speaks for any.</returns>
    public static (string Source, string Reference)? Of(string text)
    {
        text = text.Trim();
        if (text.StartsWith("ipfs://", StringComparison.OrdinalIgnoreCase) || Cid().IsMatch(text))
        {
            return ("ipfs", text);
        }

        if (HubAddress().Match(text) is { Success: true } hub)
        {
            return ("huggingface", hub.Groups["repo"].Value);
        }

        if (text.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || text.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
        {
            return ("url", text);
        }

        if (ModelFile().IsMatch(text))
        {
            return ("filesystem", text);
        }

        return HubName().IsMatch(text) ? ("huggingface", text) : null;
    }

    [GeneratedRegex(@"\A(Qm[1-9A-HJ-NP-Za-km-z]{44}|b[a-z2-7]{50,})(/.*)?\z")]
    private static partial Regex Cid();

    [GeneratedRegex(@"\A(https?://)?(www\.)?(huggingface\.co|hf\.co)/(?<repo>[A-Za-z0-9][\w.-]*/[\w.-]+)/?\z", RegexOptions.IgnoreCase)]
    private static partial Regex HubAddress();

    [GeneratedRegex(@"\A[A-Za-z0-9][\w.-]*/[\w.-]+\z")]
    private static partial Regex HubName();

    [GeneratedRegex(@"\.(onnx|gguf|safetensors|pb|pbtxt|pt|pth|bin|tflite|ort)\z", RegexOptions.IgnoreCase)]
    private static partial Regex ModelFile();
}
