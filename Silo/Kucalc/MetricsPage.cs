using ProjectSilo.Grains.Project;
using ProjectSilo.Silo.DataDirectory;
using ProjectSilo.Silo.Telemetry;
using ProjectSilo.Silo.UnexpectedErrors;

namespace ProjectSilo.Silo.Kucalc;

/// <summary>The text of <c>/metrics</c> (spec 01 §10): the block that the site's dashboards read, the process, and our own meters.</summary>
internal sealed class MetricsPage(ProjectSettings project, ProcessSession session, BugCounter bugs, SiloMeters meters, ProjectStatusLoop status)
{
    public string Compose()
    {
        var labels = PrometheusText.Label("project_id", project.ProjectId) + "," + PrometheusText.Label("session_id", session.SessionId);
        var text = new PrometheusText(labels);
        WriteProject(text, status.Latest, bugs.Count, session.StartedAt);
        text.EmptyLine();
        ProcessMetrics.Write(text, session.StartedAt);
        meters.Write(text);
        text.EmptyLine();
        return text.ToString();
    }

    internal static void WriteProject(PrometheusText text, ProjectStatus? status, long bugs, DateTimeOffset startedAt)
    {
        text.Single("cocalc_project_bugs_total", "counter", "The total number of caught bugs.", bugs);
        text.Single("cocalc_project_start_time", "counter", "when the project/session started", startedAt.ToUnixTimeMilliseconds());
        text.Single("cocalc_project_cpu_usage_seconds", "counter", "", status?.Cgroup.CpuSeconds ?? 0);
        text.Single("cocalc_project_disk_usage_mb", "gauge", "", status?.DiskMiB ?? 0);
        text.Single("cocalc_project_memory_usage_ki", "gauge", "", status?.MemoryRssKi ?? 0);
        text.Single("cocalc_project_memory_limit_ki", "gauge", "", status?.Cgroup.MemoryLimitKi ?? 0);
        text.Single("cocalc_project_running_processes_total", "gauge", "", status?.Processes ?? 0);
        text.Single("cocalc_project_oom_kills_total", "counter", "", status?.Cgroup.OomKills ?? 0);
    }
}
