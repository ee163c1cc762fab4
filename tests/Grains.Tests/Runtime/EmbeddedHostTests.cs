using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.TestingHost;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Runtime;

/// <summary>What is the embedded host's own: its clock faked, its placement, its telemetry, its way to stop.</summary>
public sealed class EmbeddedHostTests : IAsyncLifetime
{
    private static readonly AsyncLocal<FakeTimeProvider?> CurrentTime = new();

    private readonly string _name = Stage.NewName();
    private readonly string _gate = Stage.NewName();
    private readonly FakeTimeProvider _time = new();
    private readonly TestCluster _cluster = new TestClusterBuilder(1).AddSiloBuilderConfigurator<FakeClock>().Build();

    private ISampleGrain Grain => _cluster.GrainFactory.GetGrain<ISampleGrain>("0/" + _name);

    public async Task InitializeAsync()
    {
        CurrentTime.Value = _time;
        await _cluster.DeployAsync();
    }

    public async Task DisposeAsync()
    {
        var disposed = _cluster.DisposeAsync().AsTask();
        while (!disposed.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(disposed, Task.Delay(10));
        }

        await disposed;
    }

    [Fact]
    public async Task Response_Late_GivesTimeoutAndTheGrainGoesOn()
    {
        var call = Grain.Hold(_gate);
        await Stage.Reached("in " + _gate);
        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(call.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(2));
        await Assert.ThrowsAsync<TimeoutException>(() => call).Within();
        Stage.Open(_gate);
        await Stage.Reached("out " + _gate);
        await Grain.Ping().Within();
    }

    [Fact]
    public async Task Response_LateForItsMethod_GivesTimeout()
    {
        var call = Grain.HoldBriefly(_gate);
        await Stage.Reached("in " + _gate);
        _time.Advance(TimeSpan.FromSeconds(2));
        await Assert.ThrowsAsync<TimeoutException>(() => call).Within();
        Stage.Open(_gate);
    }

    [Fact]
    public async Task WaitingRequest_TimedOut_NeverRuns()
    {
        var never = Stage.NewName();
        var running = Grain.Hold(_gate);
        await Stage.Reached("in " + _gate);
        var waiting = Grain.HoldBriefly(never);
        await Grain.HoldBesideOpen();
        _time.Advance(TimeSpan.FromSeconds(2));
        await Assert.ThrowsAsync<TimeoutException>(() => waiting).Within();
        Stage.Open(_gate);
        await running.Within();
        await Grain.Ping().Within();
        Assert.Equal(0, Stage.Marks("in " + never));
    }

    [Fact]
    public async Task Enumeration_Long_DoesNotTimeOut()
    {
        await using var items = Grain.Watch(_gate).GetAsyncEnumerator();
        Assert.True(await items.MoveNextAsync());
        _time.Advance(TimeSpan.FromHours(1));
        Stage.Open(_gate);
        Assert.True(await items.MoveNextAsync());
        Assert.False(await items.MoveNextAsync());
        Assert.Equal(1, Stage.Marks("activated 0/" + _name));
        Assert.Equal(0, Stage.Marks("deactivating 0/" + _name));
    }

    [Fact]
    public async Task Grain_WithoutRequests_IsCollected()
    {
        await Grain.Ping().Within();
        _time.Advance(TimeSpan.FromMinutes(14));
        Assert.Equal(0, Stage.Marks("deactivating 0/" + _name));
        _time.Advance(TimeSpan.FromMinutes(2));
        await Stage.Reached($"deactivated 0/{_name} ActivationIdle");
        await Grain.Ping().Within();
        Assert.Equal(2, Stage.Marks("activated 0/" + _name));
    }

    [Fact]
    public async Task DelayDeactivation_KeepsTheGrain()
    {
        await Grain.Delay(TimeSpan.FromHours(2)).Within();
        _time.Advance(TimeSpan.FromMinutes(110));
        await Grain.HoldBesideOpen();
        Assert.Equal(0, Stage.Marks("deactivating 0/" + _name));
        _time.Advance(TimeSpan.FromMinutes(30));
        await Stage.Reached($"deactivated 0/{_name} ActivationIdle");
    }

    [Fact]
    public async Task DelayDeactivation_Forever_LastsUntilTakenBack()
    {
        await Grain.Delay(TimeSpan.MaxValue).Within();
        _time.Advance(TimeSpan.FromHours(3));
        Assert.Equal(0, Stage.Marks("deactivating 0/" + _name));
        await Grain.Delay(TimeSpan.Zero).Within();

        // The request may still be ending when its answer is there: from then on the grain is idle.
        await Stage.Until(() =>
        {
            _time.Advance(TimeSpan.FromMinutes(16));
            return Stage.Marks($"deactivated 0/{_name} ActivationIdle") > 0;
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Timer_KeepsTheGrain_IfAskedTo(bool keepAlive)
    {
        Stage.Open(_gate);
        await Grain.StartTimer(_gate, TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(10), interleave: false, keepAlive).Within();
        _time.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromTicks(1));
        var ticking = _time.TimerCount - 1;
        _time.Advance(TimeSpan.FromTicks(1));
        await Stage.Reached("out " + _gate);
        // The tick has ended when the timer has been set again.
        await Stage.Until(() => _time.TimerCount > ticking);
        _time.Advance(TimeSpan.FromMinutes(6));
        if (keepAlive)
        {
            Assert.Equal(0, Stage.Marks("deactivating 0/" + _name));
        }
        else
        {
            await Stage.Reached($"deactivated 0/{_name} ActivationIdle");
        }
    }

    [Fact]
    public async Task GrainOfAnotherPlace_IsRefusedAtOnce()
    {
        var exception = await Assert.ThrowsAsync<SiloUnavailableException>(() => _cluster.GrainFactory.GetGrain<ISampleGrain>("elsewhere/1").Ping()).Within();
        Assert.Equal("No active nodes are compatible with grain sample/elsewhere/1", exception.Message);
    }

    [Fact]
    public async Task Stop_WithBusyGrain_LetsItEndAndRefusesNewGrains()
    {
        var running = Grain.Hold(_gate);
        var queued = Grain.Add(1, 2);
        await Stage.Reached("in " + _gate);
        var stopped = _cluster.StopAllSilosAsync();
        await Assert.ThrowsAsync<SiloUnavailableException>(() => _cluster.GrainFactory.GetGrain<ISampleGrain>("0/" + _gate).Ping()).Within();
        await Grain.HoldBesideOpen();
        Stage.Open(_gate);
        await running.Within();
        Assert.Equal(3, await queued.Within());
        await stopped.Within();
        Assert.Equal(1, Stage.Marks($"deactivated 0/{_name} ShuttingDown"));
    }

    [Fact]
    public async Task Stop_WithHungGrain_EndsInTimeAndStillDeactivatesIt()
    {
        var hung = Grain.Hold(_gate);
        await Stage.Reached("in " + _gate);
        var stopped = _cluster.StopAllSilosAsync();
        while (!stopped.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(stopped, Task.Delay(10));
        }

        await stopped;
        Assert.Equal(1, Stage.Marks($"deactivated 0/{_name} ShuttingDown"));
        await Assert.ThrowsAsync<SiloUnavailableException>(() => hung).Within();
        Stage.Open(_gate);
    }

    [Fact]
    public async Task Stop_WhileActivationHangs_AnswersItsCallers()
    {
        var grain = _cluster.GrainFactory.GetGrain<ISampleGrain>("stuck" + _name);
        var call = grain.Ping();
        await Stage.Reached("activated stuck" + _name);
        var stopped = _cluster.StopAllSilosAsync();
        while (!stopped.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(stopped, Task.Delay(10));
        }

        await stopped;
        await Assert.ThrowsAsync<SiloUnavailableException>(() => call).Within();
    }

    [Fact]
    public async Task Activation_ThatHangs_GivesItsCallersTimeouts()
    {
        var call = _cluster.GrainFactory.GetGrain<ISampleGrain>("stuck" + _name).Ping();
        await Stage.Reached("activated stuck" + _name);
        _time.Advance(TimeSpan.FromSeconds(32));
        await Assert.ThrowsAsync<TimeoutException>(() => call).Within();
    }

    [Fact]
    public async Task Listener_OnSourceAndMeter_SeesEachCall()
    {
        var spans = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "ProjectSilo.Grains",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = span =>
            {
                lock (spans)
                {
                    spans.Add(span);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        var outcomes = new List<string>();
        using var meters = new MeterListener();
        meters.InstrumentPublished = static (instrument, meters) =>
        {
            if (instrument.Name == "projectsilo.grain.call.duration")
            {
                meters.EnableMeasurementEvents(instrument);
            }
        };
        meters.SetMeasurementEventCallback<double>((_, _, tags, _) =>
        {
            lock (outcomes)
            {
                outcomes.Add(string.Join(" ", tags.ToArray().Select(tag => tag.Value)));
            }
        });
        meters.Start();
        using var trace = new Activity("test").Start();
        await Grain.Add(1, 2).Within();
        await Assert.ThrowsAsync<InvalidDataException>(() => Grain.Fault("bad")).Within();

        // Other tests run beside this one and are listened to as well.
        Activity[] mine;
        string[] measured;
        lock (spans)
        {
            mine = [.. spans.Where(span => span.TraceId == trace.TraceId)];
        }

        lock (outcomes)
        {
            measured = [.. outcomes];
        }

        Assert.Equal(["ISampleGrain/Add", "ISampleGrain/Fault"], mine.Select(span => span.DisplayName));
        Assert.Equal("orleans", mine[0].GetTagItem("rpc.system"));
        Assert.Equal(ActivityStatusCode.Error, mine[1].Status);
        Assert.Contains("ISampleGrain Add ok", measured);
        Assert.Contains("ISampleGrain Fault error", measured);
    }

    private sealed class FakeClock : ISiloConfigurator
    {
        public void Configure(ISiloBuilder siloBuilder)
        {
            siloBuilder.Services.AddSingleton<TimeProvider>(CurrentTime.Value!);
            siloBuilder.AddGrainAssembly(typeof(SampleGrain).Assembly)
                .HostGrainsWhere(static grain => !grain.Key.ToString().StartsWith("elsewhere/", StringComparison.Ordinal));
        }
    }
}
