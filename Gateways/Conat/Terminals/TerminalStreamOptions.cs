using System.ComponentModel.DataAnnotations;

namespace ProjectSilo.Gateways.Conat.Terminals;

/// <summary>What the stream of a terminal keeps and takes (spec 11 §4); configuration section <c>TerminalStreams</c>.</summary>
public sealed class TerminalStreamOptions
{
    /// <summary>The configuration's section.</summary>
    public const string Section = "TerminalStreams";

    /// <summary>Bytes of history; the oldest go first (<c>COCALC_TERMINAL_HISTORY_LIMIT_BYTES</c>).</summary>
    [Range(1, long.MaxValue)]
    public long HistoryLimitBytes { get; set; } = 1_000_000;

    /// <summary>What comes faster is discarded (<c>COCALC_TERMINAL_MAX_BYTES_PER_SECOND</c>).</summary>
    [Range(1, long.MaxValue)]
    public long MaxBytesPerSecond { get; set; } = 1_000_000;

    /// <summary>More entries are discarded: five times <c>COCALC_TERMINAL_MAX_MSGS_PER_SECOND</c>.</summary>
    [Range(1, long.MaxValue)]
    public long MaxMessagesPerSecond { get; set; } = 5 * 24;
}
