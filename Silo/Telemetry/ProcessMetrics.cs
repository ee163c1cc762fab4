using System.Globalization;

namespace ProjectSilo.Silo.Telemetry;

/// <summary>
/// Metrics of the daemon's process under the names that dashboards of the reference know, <c>process_*</c>, and of its runtime, <c>dotnet_*</c>
/// (spec 01 §10).
/// </summary>
internal static class ProcessMetrics
{
    public static void Write(PrometheusText text, DateTimeOffset startedAt)
    {
        WriteProcess(text, startedAt);
        WriteRuntime(text);
    }

    private static void WriteProcess(PrometheusText text, DateTimeOffset startedAt)
    {
        var cpu = Environment.CpuUsage;
        text.Single("process_cpu_user_seconds_total", "counter", "Total user CPU time spent in seconds.", cpu.UserTime.TotalSeconds);
        text.Single("process_cpu_system_seconds_total", "counter", "Total system CPU time spent in seconds.", cpu.PrivilegedTime.TotalSeconds);
        text.Single("process_cpu_seconds_total", "counter", "Total user and system CPU time spent in seconds.", cpu.TotalTime.TotalSeconds);
        var start = startedAt.ToUnixTimeMilliseconds() / 1000.0;
        text.Single("process_start_time_seconds", "gauge", "Start time of the process since unix epoch in seconds.", start);

        // E.g. "68210 13790 11000 5 0 40210 0": pages of the whole program, resident, shared, text, -, data, -.
        var pages = File.ReadAllText("/proc/self/statm").Split(' ');
        text.Single("process_resident_memory_bytes", "gauge", "Resident memory size in bytes.", Bytes(pages[1]));
        text.Single("process_virtual_memory_bytes", "gauge", "Virtual memory size in bytes.", Bytes(pages[0]));
        text.Single("process_heap_bytes", "gauge", "Process heap size in bytes.", Bytes(pages[5]));
        text.Single("process_open_fds", "gauge", "Number of open file descriptors.", Directory.EnumerateFileSystemEntries("/proc/self/fd").Count());
        text.Single("process_max_fds", "gauge", "Maximum number of open file descriptors.", MaxOpenFiles());
    }

    private static void WriteRuntime(PrometheusText text)
    {
        var gc = GC.GetGCMemoryInfo();
        text.Metric("dotnet_gc_collections_total", "counter", "Garbage collections since the start.");
        for (var generation = 0; generation <= GC.MaxGeneration; generation++)
        {
            text.Sample("dotnet_gc_collections_total", GC.CollectionCount(generation), PrometheusText.Label("generation", Invariant(generation)));
        }

        text.Single("dotnet_gc_heap_size_bytes", "gauge", "Managed heap size after the last collection.", gc.HeapSizeBytes);
        text.Single("dotnet_gc_committed_bytes", "gauge", "Memory that the collector holds from the system.", gc.TotalCommittedBytes);
        text.Single("dotnet_gc_allocated_bytes_total", "counter", "Bytes allocated since the start.", GC.GetTotalAllocatedBytes());
        var paused = GC.GetTotalPauseDuration().TotalSeconds;
        text.Single("dotnet_gc_pause_seconds_total", "counter", "Time that collections have paused the process.", paused);
        text.Single("dotnet_threadpool_threads", "gauge", "Threads of the pool.", ThreadPool.ThreadCount);
        text.Single("dotnet_threadpool_queue_length", "gauge", "Work items waiting for a thread of the pool.", ThreadPool.PendingWorkItemCount);
        text.Single("dotnet_threadpool_completed_items_total", "counter", "Work items done by the pool.", ThreadPool.CompletedWorkItemCount);
    }

    private static double Bytes(string pages) => double.Parse(pages, CultureInfo.InvariantCulture) * Environment.SystemPageSize;

    /// <summary>The soft limit; infinity if there is none. <c>Max open files            1024                 524288               files</c></summary>
    private static double MaxOpenFiles()
    {
        const string Row = "Max open files";
        var line = File.ReadLines("/proc/self/limits").First(line => line.StartsWith(Row, StringComparison.Ordinal));
        var soft = line[Row.Length..].TrimStart().Split(' ')[0];
        return double.TryParse(soft, CultureInfo.InvariantCulture, out var limit) ? limit : double.PositiveInfinity;
    }

    private static string Invariant(int number) => number.ToString(CultureInfo.InvariantCulture);
}
