using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace ProjectSilo.Silo.Telemetry;

/// <summary>The values of one instrument, one per set of tags. Counters add, gauges keep the last value, histograms count into buckets.</summary>
internal sealed class InstrumentSeries
{
    /// <summary>Sets of tags kept per instrument; what is beyond goes into one with the label <c>overflow="true"</c>.</summary>
    private const int MaxSeries = 1_000;

    private static readonly KeyValuePair<string, object?>[] Overflow = [new("overflow", "true")];

    /// <summary>OpenTelemetry's advice for durations in seconds.</summary>
    private static readonly double[] SecondsBounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

    private static readonly double[] DefaultBounds = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000];

    private readonly ConcurrentDictionary<KeyValuePair<string, object?>[], Cell> _cells = new(TagSet.Comparer);
    private readonly bool _adds;
    private readonly double[]? _bounds;

    public InstrumentSeries(Instrument instrument)
    {
        var kind = instrument.GetType().GetGenericTypeDefinition();
        Name = PrometheusText.Name(instrument.Name);
        Help = instrument.Description ?? "";
        _adds = kind == typeof(Counter<>) || kind == typeof(UpDownCounter<>);
        if (kind == typeof(Histogram<>))
        {
            Type = "histogram";
            _bounds = Bounds(instrument);
        }
        else
        {
            Type = kind == typeof(Counter<>) || kind == typeof(ObservableCounter<>) ? "counter" : "gauge";
        }
    }

    public string Name { get; }

    public string Type { get; }

    private string Help { get; }

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var cell = Find(tags);
        lock (cell)
        {
            cell.Record(value, _adds, _bounds);
        }
    }

    /// <summary>Before observable instruments report again: what they don't mention any more is gone.</summary>
    public void Forget() => _cells.Clear();

    /// <param name="first">Whether the comment lines are due: instruments of two meters may share a name.</param>
    public void Write(PrometheusText text, bool first)
    {
        if (first)
        {
            text.Metric(Name, Type, Help);
        }

        foreach (var (tags, cell) in _cells)
        {
            lock (cell)
            {
                cell.Write(text, Name, TagSet.Labels(tags), _bounds);
            }
        }
    }

    private Cell Find(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var cells = _cells.GetAlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>>();
        if (cells.TryGetValue(tags, out var cell))
        {
            return cell;
        }

        return _cells.Count < MaxSeries ? _cells.GetOrAdd(tags.ToArray(), _ => new Cell(_bounds)) : _cells.GetOrAdd(Overflow, _ => new Cell(_bounds));
    }

    private static double[] Bounds(Instrument instrument)
    {
        var advised = instrument switch
        {
            Histogram<double> histogram => histogram.Advice?.HistogramBucketBoundaries?.ToArray(),
            Histogram<long> histogram => histogram.Advice?.HistogramBucketBoundaries?.Select(bound => (double)bound).ToArray(),
            Histogram<int> histogram => histogram.Advice?.HistogramBucketBoundaries?.Select(bound => (double)bound).ToArray(),
            _ => null,
        };
        return advised ?? (instrument.Unit == "s" ? SecondsBounds : DefaultBounds);
    }

    /// <summary>Guarded by a lock on itself: sum, count and buckets of a histogram must fit together.</summary>
    private sealed class Cell(double[]? bounds)
    {
        private readonly long[] _buckets = bounds is null ? [] : new long[bounds.Length];
        private double _value;
        private long _count;

        public void Record(double value, bool adds, double[]? bounds)
        {
            _value = adds || bounds is not null ? _value + value : value;
            if (bounds is not null)
            {
                _count++;
                for (var i = bounds.Length - 1; i >= 0 && value <= bounds[i]; i--)
                {
                    _buckets[i]++;
                }
            }
        }

        public void Write(PrometheusText text, string name, string labels, double[]? bounds)
        {
            if (bounds is null)
            {
                text.Sample(name, _value, labels);
                return;
            }

            var separator = labels.Length > 0 ? "," : "";
            for (var i = 0; i < bounds.Length; i++)
            {
                text.Sample(name + "_bucket", _buckets[i], $"{labels}{separator}le=\"{PrometheusText.Number(bounds[i])}\"");
            }

            text.Sample(name + "_bucket", _count, $"{labels}{separator}le=\"+Inf\"");
            text.Sample(name + "_sum", _value, labels);
            text.Sample(name + "_count", _count, labels);
        }
    }
}
