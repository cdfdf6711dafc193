using System.ComponentModel.DataAnnotations;

namespace ModelPlatform.Documents;

/// <summary>The configuration section <c>Documents</c>.</summary>
public sealed class DocumentOptions
{
    /// <summary>This site's id in what it writes. Default: one drawn when its store was begun. No two sites may have the same.</summary>
    [RegularExpression("[A-Za-z0-9][A-Za-z0-9._-]{0,63}")]
    public string? Site { get; set; }

    /// <summary>How long removals are remembered: a site away for longer can't bring back what was removed meanwhile.</summary>
    public TimeSpan TombstoneHorizon { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How far ahead of this site's clock another one's may be.</summary>
    public TimeSpan MaxClockSkew { get; set; } = TimeSpan.FromMinutes(5);
}
