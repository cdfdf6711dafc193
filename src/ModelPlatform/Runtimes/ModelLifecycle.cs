using System.Collections.Frozen;
using ModelPlatform.Sources;

namespace ModelPlatform.Runtimes;

/// <summary>The machine of <see cref="ModelStatus"/>: what may follow what, and what a person may ask for.</summary>
public static class ModelLifecycle
{
    /// <summary>Brings it in, again where that failed.</summary>
    public const string Download = "download";

    /// <summary>Takes it into memory, again where that failed; brings it in first where it is not here.</summary>
    public const string Load = "load";

    /// <summary>Takes it into memory anew.</summary>
    public const string Reload = "reload";

    /// <summary>Frees its memory.</summary>
    public const string Unload = "unload";

    /// <summary>Runs it.</summary>
    public const string Infer = "infer";

    /// <summary>Deletes it here.</summary>
    public const string Delete = "delete";

    /// <summary>Leaves the error behind: as if it had never been downloaded.</summary>
    public const string Reset = "reset";

    // The transitions of the seed, and two it has methods for but no arrow: unloading, and deleting what is not loaded.
    private static readonly FrozenDictionary<ModelStatus, ModelStatus[]> Following = new Dictionary<ModelStatus, ModelStatus[]>
    {
        [ModelStatus.NotDownloaded] = [ModelStatus.Downloading],
        [ModelStatus.Downloading] = [ModelStatus.Downloaded, ModelStatus.Error],
        [ModelStatus.Downloaded] = [ModelStatus.Loading, ModelStatus.NotDownloaded],
        [ModelStatus.Loading] = [ModelStatus.Loaded, ModelStatus.Error],
        [ModelStatus.Loaded] = [ModelStatus.Loading, ModelStatus.NotDownloaded, ModelStatus.Downloaded, ModelStatus.Error],
        [ModelStatus.Error] = [ModelStatus.Downloading, ModelStatus.Loading, ModelStatus.NotDownloaded],
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<ModelStatus, string[]> Actions = new Dictionary<ModelStatus, string[]>
    {
        [ModelStatus.NotDownloaded] = [Download, Load],
        [ModelStatus.Downloading] = [Load],
        [ModelStatus.Downloaded] = [Load, Delete],
        [ModelStatus.Loading] = [Load],
        [ModelStatus.Loaded] = [Infer, Load, Reload, Unload, Delete],
        [ModelStatus.Error] = [Download, Load, Reload, Reset, Delete],
    }.ToFrozenDictionary();

    /// <summary>What a status may be followed by.</summary>
    public static IReadOnlyList<ModelStatus> Next(ModelStatus from) => Following[from];

    /// <summary>Whether a status may follow another.</summary>
    public static bool Allows(ModelStatus from, ModelStatus to) => Following[from].Contains(to);

    /// <summary>What may be asked for in a status.</summary>
    public static IReadOnlyList<string> ActionsOf(ModelStatus status) => Actions[status];

    /// <summary>Why an action is refused; null where it is allowed.</summary>
    public static PlatformError? Refuse(string model, ModelStatus status, string action) => Actions[status].Contains(action)
        ? null
        : new PlatformError(ErrorCode.InvalidState, $"{model} is {Word(status)}: {action} is not possible now. Allowed: {string.Join(", ", Actions[status])}.");

    /// <summary>A status as it is written on the wire.</summary>
    public static string Word(ModelStatus status) => status switch
    {
        ModelStatus.NotDownloaded => "not_downloaded",
        ModelStatus.Downloading => "downloading",
        ModelStatus.Downloaded => "downloaded",
        ModelStatus.Loading => "loading",
        ModelStatus.Loaded => "loaded",
        _ => "error",
    };
}
