using System.Diagnostics.Metrics;
using System.Runtime.InteropServices;

namespace ProjectSilo.Silo.Telemetry;

/// <summary>
/// Listens to the meters <c>ProjectSilo.*</c> from the start of the daemon, so that the counters of <c>/metrics</c> count everything.
/// </summary>
internal sealed class SiloMeters : IDisposable
{
    private const string Prefix = "ProjectSilo.";

    private readonly MeterListener _listener = new();

    /// <summary>Guards <see cref="_series"/>, and lets one scrape at a time ask the observable instruments.</summary>
    private readonly Lock _lock = new();

    private readonly List<(InstrumentSeries Series, bool IsObservable)> _series = [];

    public SiloMeters()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name.StartsWith(Prefix, StringComparison.Ordinal))
            {
                var series = new InstrumentSeries(instrument);
                lock (_lock)
                {
                    _series.Add((series, instrument.IsObservable));
                }

                listener.EnableMeasurementEvents(instrument, series);
            }
        };
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, series) => ((InstrumentSeries)series!).Record(value, tags));
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, series) => ((InstrumentSeries)series!).Record(value, tags));
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, series) => ((InstrumentSeries)series!).Record(value, tags));
        _listener.Start();
    }

    /// <summary>All current values, sorted by name.</summary>
    public void Write(PrometheusText text)
    {
        lock (_lock)
        {
            foreach (var (series, isObservable) in CollectionsMarshal.AsSpan(_series))
            {
                if (isObservable)
                {
                    series.Forget();
                }
            }

            _listener.RecordObservableInstruments();
            string? last = null;
            foreach (var (series, _) in _series.OrderBy(entry => entry.Series.Name, StringComparer.Ordinal))
            {
                series.Write(text, first: series.Name != last);
                last = series.Name;
            }
        }
    }

    public void Dispose() => _listener.Dispose();
}
