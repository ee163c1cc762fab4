using System.ComponentModel.DataAnnotations;

namespace ProjectSilo.Gateways.Conat.Status;

/// <summary>When the project's status is published (spec 14 §6); configuration section <c>ProjectStatus</c>.</summary>
public sealed class ProjectStatusOptions
{
    /// <summary>The configuration's section.</summary>
    public const string Section = "ProjectStatus";

    /// <summary>
    /// Whether the first status waits until somebody is subscribed. So a daemon with its own broker, where nobody else can listen, scans nothing while it is alone, and who
    /// subscribes is told at once.
    /// </summary>
    public bool WaitForInterest { get; set; }

    /// <summary>Whether the project is scanned though nobody can be told, because processes are made nicer by the scans (spec 14 §8).</summary>
    public bool ScanAtStart { get; set; }

    /// <summary>The pause before it is tried again, if it fails.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(15);
}
