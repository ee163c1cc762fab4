using ProjectSilo.Grains.Interfaces.Terminals;

namespace ProjectSilo.Grains.Terminals;

/// <summary>How large a terminal is in each browser, and what fits all of them (spec 11 §3.4).</summary>
internal sealed class BrowserSizes(TimeProvider time)
{
    private const int Largest = 10_000;

    /// <summary>A browser that shows the terminal tells it every 34.6 s.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(45);

    /// <summary>More at once are no people.</summary>
    private const int MaxBrowsers = 1_000;

    private readonly Dictionary<string, (TerminalSize Size, long Time)> _browsers = new(StringComparer.Ordinal);

    /// <summary>A browser has this size; 0 is unknown.</summary>
    public void Set(string browser, TerminalSize size, bool kick)
    {
        if (kick)
        {
            _browsers.Clear();
        }

        if (_browsers.Count < MaxBrowsers || _browsers.ContainsKey(browser))
        {
            _browsers[browser] = (new TerminalSize(Math.Clamp(size.Rows, 0, Largest), Math.Clamp(size.Columns, 0, Largest)), time.GetTimestamp());
        }
    }

    /// <summary>A browser has left.</summary>
    public void Remove(string browser) => _browsers.Remove(browser);

    /// <summary>Forgets all.</summary>
    public void Clear() => _browsers.Clear();

    /// <summary>The least of each axis, of the browsers heard from lately; null if an axis is unknown.</summary>
    public TerminalSize? Common()
    {
        foreach (var (browser, (_, since)) in _browsers)
        {
            if (time.GetElapsedTime(since) >= Lifetime)
            {
                _browsers.Remove(browser);
            }
        }

        var rows = Least(size => size.Rows);
        var columns = Least(size => size.Columns);
        return rows is null || columns is null ? null : new TerminalSize(rows.Value, columns.Value);
    }

    private int? Least(Func<TerminalSize, int> axis)
    {
        int? least = null;
        foreach (var (size, _) in _browsers.Values)
        {
            if (axis(size) is > 0 and var value && !(value >= least))
            {
                least = value;
            }
        }

        return least;
    }
}
