namespace ModelPlatform.Events;

/// <summary>The types of events the platform itself raises.</summary>
public static class EventTypes
{
    /// <summary>A job was accepted, or went back to the queue.</summary>
    public const string JobQueued = "job_queued";

    /// <summary>A job server took a job and asks the source.</summary>
    public const string DownloadStart = "download_start";

    /// <summary>Bytes arrived. Live only.</summary>
    public const string DownloadProgress = "download_progress";

    /// <summary>Every byte is here and verified.</summary>
    public const string DownloadComplete = "download_complete";

    /// <summary>A try failed and the next one is planned.</summary>
    public const string JobRetry = "job_retry";

    /// <summary>The job's model is published.</summary>
    public const string JobCompleted = "job_completed";

    /// <summary>The job ended with an error.</summary>
    public const string JobFailed = "job_failed";

    /// <summary>The job was ended by a person.</summary>
    public const string JobCancelled = "job_cancelled";

    /// <summary>The job was stopped by a person.</summary>
    public const string JobPaused = "job_paused";

    /// <summary>A model version became visible.</summary>
    public const string ModelPublished = "model_published";

    /// <summary>A model version was deleted.</summary>
    public const string ModelDeleted = "model_deleted";

    /// <summary>A plugin changed its state.</summary>
    public const string PluginChanged = "plugin_changed";

    /// <summary>Garbage collection, scrub, quarantine, eviction.</summary>
    public const string StorageChanged = "storage_changed";

    /// <summary>A runtime begins to load a model.</summary>
    public const string LoadStart = "load_start";

    /// <summary>A model is loaded.</summary>
    public const string LoadComplete = "load_complete";

    /// <summary>A model was unloaded.</summary>
    public const string UnloadComplete = "unload_complete";

    /// <summary>Health was checked and changed.</summary>
    public const string HealthCheck = "health_check";

    /// <summary>A site was found, lost, refused, or sent what is not taken; <c>data</c> holds <c>site</c> and <c>what</c>.</summary>
    public const string SiteChanged = "site_changed";

    /// <summary>Something failed; <c>data</c> holds <c>code</c> and <c>error</c>.</summary>
    public const string ErrorOccurred = "error_occurred";
}
