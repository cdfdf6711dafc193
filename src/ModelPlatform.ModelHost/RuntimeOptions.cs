namespace ModelPlatform.ModelHost;

/// <summary>Settings <c>Runtimes:*</c>.</summary>
internal sealed class RuntimeOptions
{
    public const string Section = "Runtimes";

    /// <summary>Loads at the same time.</summary>
    public int MaxConcurrentLoads { get; set; } = 2;

    /// <summary>How long one load may take.</summary>
    public TimeSpan LoadTimeout { get; set; } = TimeSpan.FromSeconds(120);

    /// <summary>How long one inference may take.</summary>
    public TimeSpan InferenceTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Inferences at the same time, over all models; 0 for twice the processors.</summary>
    public int MaxConcurrentInferences { get; set; }

    /// <summary>The longest request of an inference, in bytes.</summary>
    public long MaxInputBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>Bytes of memory that models may take together; 0 for what machine and control group have.</summary>
    public long MemoryLimit { get; set; }

    /// <summary>Whether models not in use are unloaded, the one longest unused first, to make room for a load.</summary>
    public bool UnloadLeastRecentlyUsed { get; set; } = true;

    /// <summary>How long running inferences may take to end before an unload breaks them off.</summary>
    public TimeSpan UnloadPatience { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Bytes of disk for copies of files that a runtime maps itself.</summary>
    public long MaxCopyBytes { get; set; } = 20L * 1024 * 1024 * 1024;

    /// <summary>How often the health of loaded models is looked at.</summary>
    public TimeSpan HealthInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a probe may take before it has failed.</summary>
    public TimeSpan ProbeTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>A probe that takes longer is slow.</summary>
    public TimeSpan SlowProbe { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>With this share of failed inferences since the last look a model is impaired.</summary>
    public double ImpairedErrorRate { get; set; } = 0.1;

    /// <summary>With this share it has failed.</summary>
    public double FailedErrorRate { get; set; } = 0.5;

    /// <summary>With so many failed looks in a row an unhealthy model goes into error.</summary>
    public int MostFailures { get; set; } = 3;

    /// <summary>Whether models that were loaded when the process ended are loaded again when it starts.</summary>
    public bool Reload { get; set; } = true;

    /// <summary>After so many ends of the process while it was loaded, a model is not loaded again by itself.</summary>
    public int MostCrashes { get; set; } = 3;

    /// <summary>Models loaded at the start, if they are here.</summary>
    public IList<string> Preload { get; } = [];
}
