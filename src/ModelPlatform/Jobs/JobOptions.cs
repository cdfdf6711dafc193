using System.ComponentModel.DataAnnotations;

namespace ModelPlatform.Jobs;

/// <summary>Settings <c>Jobs:*</c>: when recurring work is done, as cron expressions in UTC, and how much of what is over is kept.</summary>
public sealed class JobOptions
{
    /// <summary>When followed branches are asked for new revisions: every hour.</summary>
    public string TrackSchedule { get; set; } = "0 * * * *";

    /// <summary>When unreferenced chunks are collected: every six hours.</summary>
    public string CollectSchedule { get; set; } = "30 */6 * * *";

    /// <summary>When every stored chunk is verified: Sundays at three.</summary>
    public string VerifySchedule { get; set; } = "0 3 * * 0";

    /// <summary>When records of ended jobs beyond <see cref="Kept"/> and <see cref="KeptDays"/> are forgotten: every five minutes.</summary>
    public string ForgetSchedule { get; set; } = "*/5 * * * *";

    /// <summary>Records of ended jobs that are kept; of more, the oldest go.</summary>
    [Range(100, 10_000_000)]
    public int Kept { get; set; } = 10_000;

    /// <summary>Days after whose acceptance the record of an ended job goes; 0 keeps by number alone.</summary>
    [Range(0, 36_500)]
    public int KeptDays { get; set; } = 30;

    /// <summary>Hours for which Hangfire keeps its own records of calls that have ended.</summary>
    [Range(1, 8_760)]
    public int HangfireKeptHours { get; set; } = 1;
}
