using System.Diagnostics;
using System.Diagnostics.Metrics;
using Orleans;
using ProjectSilo.Grains.Runtime.Calls;

namespace ProjectSilo.Grains.Runtime.Telemetry;

/// <summary>
/// Traces and measures every grain call: the one place where calls are observed. Source and meter are both named
/// <c>ProjectSilo.Grains</c>; with no listener a call costs two checks and no allocation.
/// </summary>
public sealed class GrainCallTelemetry : IIncomingGrainCallFilter, IDisposable
{
    /// <summary>Name of the activity source and of the meter.</summary>
    public const string SourceName = "ProjectSilo.Grains";

    private static readonly ActivitySource Source = new(SourceName);

    private readonly TimeProvider _timeProvider;
    private readonly Meter _meter = new(SourceName);
    private readonly Histogram<double> _duration;

    /// <summary>Creates the instruments.</summary>
    public GrainCallTelemetry(TimeProvider timeProvider)
    {
        _timeProvider = timeProvider;
        _duration = _meter.CreateHistogram<double>("projectsilo.grain.call.duration", "s", "Time a grain call runs, without the time it waits for its turn.");
        Activations = _meter.CreateCounter<long>("projectsilo.grain.activations.created", "{activation}", "Grains activated.");
    }

    internal Counter<long> Activations { get; }

    /// <inheritdoc/>
    public Task Invoke(IIncomingGrainCallContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return Source.HasListeners() || _duration.Enabled ? ObserveAsync(context) : context.Invoke();
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    /// <summary>Lets the meter read how many grains are active.</summary>
    internal void Observe(Func<int> activeGrains) =>
        _meter.CreateObservableGauge("projectsilo.grain.activations", activeGrains, "{activation}", "Grains in memory.");

    private async Task ObserveAsync(IIncomingGrainCallContext context)
    {
        var grain = context.InterfaceMethod.DeclaringType!.Name;
        using var activity = StartActivity(context, grain);
        var started = _timeProvider.GetTimestamp();
        var outcome = "ok";
        try
        {
            await context.Invoke();
        }
        catch (Exception exception)
        {
            outcome = exception is OperationCanceledException ? "canceled" : "error";
            activity?.SetTag("error.type", exception.GetType().FullName);
            activity?.SetStatus(ActivityStatusCode.Error, exception.GetType().Name);
            throw;
        }
        finally
        {
            _duration.Record(
                _timeProvider.GetElapsedTime(started).TotalSeconds,
                new("grain", grain),
                new("method", context.MethodName),
                new("outcome", outcome));
        }
    }

    private static Activity? StartActivity(IIncomingGrainCallContext context, string grain)
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        var name = context is GrainCall call ? call.Method.SpanName : $"{grain}/{context.MethodName}";
        var activity = Source.StartActivity(name, ActivityKind.Server);
        activity?.SetTag("rpc.system", "orleans");
        activity?.SetTag("rpc.service", context.InterfaceName);
        activity?.SetTag("rpc.method", context.MethodName);
        return activity;
    }
}
