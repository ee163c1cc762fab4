using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Configuration;
using Orleans.Runtime;
using ProjectSilo.Grains.Runtime.Activations;
using ProjectSilo.Grains.Runtime.Calls;
using ProjectSilo.Grains.Runtime.Hosting;
using ProjectSilo.Grains.Runtime.Telemetry;

namespace ProjectSilo.Grains.Runtime;

/// <summary>The silo of this process: a table of activations, and the clock that looks after them.</summary>
internal sealed partial class EmbeddedSilo : IDisposable
{
    /// <summary>How late a response timeout or an idle collection may be noticed.</summary>
    private static readonly TimeSpan TickPeriod = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<GrainId, Activation> _activations = new();
    private readonly CancellationTokenSource _aborted = new();
    private readonly ILogger<EmbeddedSilo> _logger;
    private readonly Func<GrainId, bool>? _hosts;
    private readonly TimeSpan _responseTimeout;
    private readonly GrainCallTelemetry _telemetry;
    private readonly ITimer _ticker;
    private volatile bool _stopping;

    /// <summary>1 while <see cref="_ticker"/> runs. It stands still while there is no activation: a daemon that nobody uses wakes no thread.</summary>
    private int _ticking;

    public EmbeddedSilo(
        IServiceProvider services,
        TimeProvider timeProvider,
        IEnumerable<IIncomingGrainCallFilter> filters,
        GrainCallTelemetry telemetry,
        IOptions<EmbeddedSiloOptions> options,
        IOptions<SiloMessagingOptions> messaging,
        IOptions<GrainCollectionOptions> collection,
        ILogger<EmbeddedSilo> logger)
    {
        Services = services;
        TimeProvider = timeProvider;
        Filters = [.. filters];
        Catalog = new GrainCatalog(options.Value.GrainClasses);
        _hosts = options.Value.HostsGrain;
        _responseTimeout = messaging.Value.ResponseTimeout;
        CollectionAge = collection.Value.CollectionAge;
        DeactivationTimeout = collection.Value.DeactivationTimeout;
        _logger = logger;
        _telemetry = telemetry;
        telemetry.Observe(() => _activations.Count);
        _ticker = timeProvider.CreateTimer(static silo => ((EmbeddedSilo)silo!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public IServiceProvider Services { get; }

    public TimeProvider TimeProvider { get; }

    public IIncomingGrainCallFilter[] Filters { get; }

    public GrainCatalog Catalog { get; }

    public TimeSpan CollectionAge { get; }

    public TimeSpan DeactivationTimeout { get; }

    /// <summary>Cancelled when the time to stop is up.</summary>
    public CancellationToken Aborted => _aborted.Token;

    public TimeSpan ResponseTimeoutOf(GrainMethod method) => method.ResponseTimeout ?? _responseTimeout;

    /// <summary>Sends a request that its caller waits for at most the response timeout, and until <paramref name="token"/> is cancelled.</summary>
    public void Send(GrainCall call, CancellationToken token)
    {
        var timeout = ResponseTimeoutOf(call.Method);
        if (timeout > TimeSpan.Zero)
        {
            call.Deadline = TimeProvider.GetTimestamp() + (long)(timeout.TotalSeconds * TimeProvider.TimestampFrequency);
        }

        if (call.ListenTo(token))
        {
            Dispatch(call);
        }
    }

    /// <summary>Hands a request to the activation of its grain, which is made if there is none.</summary>
    public void Dispatch(GrainCall call)
    {
        var id = call.TargetId;
        while (true)
        {
            if (!_activations.TryGetValue(id, out var activation))
            {
                if (_hosts is not null && !_hosts(id))
                {
                    call.Refuse(new SiloUnavailableException($"No active nodes are compatible with grain {id}"));
                    return;
                }

                if (_stopping)
                {
                    call.Refuse(new SiloUnavailableException($"The silo is stopping and does not activate grain {id}"));
                    return;
                }

                activation = new Activation(this, id);
                if (!_activations.TryAdd(id, activation))
                {
                    continue;
                }

                _telemetry.Activations.Add(1);
                StartTicking();
                // Before the start: an activation that fails at once would have ended without the request that it was made for, which would then make another.
                activation.Enqueue(call);
                activation.Start();
                if (_stopping)
                {
                    activation.Deactivate(StoppingReason);
                }

                return;
            }

            if (activation.Enqueue(call))
            {
                return;
            }
        }
    }

    /// <summary>Takes an ended activation out of the table, so that the next request makes a new one.</summary>
    public void Remove(Activation activation) => _activations.TryRemove(KeyValuePair.Create(activation.GrainId, activation));

    public void OnActivationFailed(GrainId grainId, Exception exception) => Log.ActivationFailed(_logger, grainId, exception);

    public void OnDeactivationFailed(GrainId grainId, Exception exception) => Log.DeactivationFailed(_logger, grainId, exception);

    public void OnTimerFailed(GrainId grainId, Exception exception) => Log.TimerFailed(_logger, grainId, exception);

    public void OnFailedUnseen(GrainCall call, Exception exception) => Log.FailedUnseen(_logger, call.Method.SpanName, call.TargetId, exception);

    public void Dispose()
    {
        _ticker.Dispose();
        _aborted.Dispose();
    }

    private void StartTicking()
    {
        if (Interlocked.Exchange(ref _ticking, 1) == 0)
        {
            _ticker.Change(TickPeriod, TickPeriod);
        }
    }

    private void Tick()
    {
        if (_activations.IsEmpty)
        {
            _ticker.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            Volatile.Write(ref _ticking, 0);
            if (!_activations.IsEmpty)
            {
                // It came between, and saw the clock running.
                StartTicking();
            }

            return;
        }

        var now = TimeProvider.GetTimestamp();
        foreach (var (_, activation) in _activations)
        {
            activation.Tick(now);
        }
    }
}
