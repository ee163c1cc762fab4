using Orleans;
using Orleans.Hosting;
using Orleans.TestingHost;

namespace ProjectSilo.Grains.Tests.Runtime;

/// <summary>How activations begin and end.</summary>
public sealed class LifecycleTests(ClusterFixture cluster) : IClassFixture<ClusterFixture>
{
    private readonly string _name = Stage.NewName();
    private readonly string _gate = Stage.NewName();

    [Fact]
    public async Task FirstCall_Activates_AndTheNextFindsIt()
    {
        var grain = Grain("0/" + _name);
        await grain.Ping().Within();
        await grain.Ping().Within();
        Assert.Equal(1, Stage.Marks("activated 0/" + _name));
    }

    [Fact]
    public async Task FailedActivation_AnswersWithItsException_AndIsTriedAgain()
    {
        var grain = Grain("broken" + _name);
        await Assert.ThrowsAsync<InvalidDataException>(grain.Ping).Within();
        await Assert.ThrowsAsync<InvalidDataException>(grain.Ping).Within();
        Assert.Equal(2, Stage.Marks("activated broken" + _name));
    }

    [Fact]
    public async Task FailedActivations_AtOnce_AreTriedOncePerCall()
    {
        const int Grains = 5_000;
        await Task.WhenAll(Enumerable.Range(0, Grains).Select(number => Task.Run(async () =>
        {
            var key = $"broken{_name}{number}";
            await Assert.ThrowsAsync<InvalidDataException>(Grain(key).Ping).Within();
            Assert.Equal(1, Stage.Marks("activated " + key));
        })));
    }

    [Fact]
    public async Task DeactivateOnIdle_EndsTheActivation_AndTheNextCallMakesANewOne()
    {
        var grain = Grain("0/" + _name);
        await grain.Deactivate().Within();
        await Stage.Reached($"deactivated 0/{_name} ApplicationRequested");
        await grain.Ping().Within();
        Assert.Equal(2, Stage.Marks("activated 0/" + _name));
    }

    [Fact]
    public async Task Call_DuringDeactivation_WaitsForTheNextActivation()
    {
        var key = "slow" + _name;
        var grain = Grain(key);
        await grain.Deactivate().Within();
        await Stage.Reached("in deactivate " + key);
        var call = grain.Ping();
        var beside = grain.HoldBeside(_gate);
        Stage.Open(_gate);
        Assert.Equal(1, Stage.Marks("activated " + key));
        Assert.False(call.IsCompleted);
        Stage.Open("deactivate " + key);
        await Task.WhenAll(call, beside).Within();
        Assert.Equal(2, Stage.Marks("activated " + key));
        Assert.Equal(1, Stage.Marks($"deactivated {key} ApplicationRequested"));
    }

    [Fact]
    public async Task DeactivateOnIdle_WhileRequestsRun_WaitsForThem()
    {
        var grain = Grain("0/" + _name);
        var running = grain.HoldBeside(_gate);
        await Stage.Reached("in " + _gate);
        await grain.Deactivate().Within();
        Assert.Equal(0, Stage.Marks("deactivating 0/" + _name));
        Stage.Open(_gate);
        await running.Within();
        await Stage.Reached($"deactivated 0/{_name} ApplicationRequested");
    }

    [Fact]
    public async Task Stop_DeactivatesAll()
    {
        var stopping = new TestClusterBuilder(1).AddSiloBuilderConfigurator<ClusterFixture.SampleGrains>().Build();
        await stopping.DeployAsync();
        var keys = Enumerable.Range(0, 20).Select(number => $"0/{_name}{number}").ToArray();
        await Task.WhenAll(keys.Select(key => stopping.GrainFactory.GetGrain<ISampleGrain>(key).Ping())).Within();
        await stopping.StopAllSilosAsync().Within();
        Assert.All(keys, key => Assert.Equal(1, Stage.Marks($"deactivated {key} ShuttingDown")));
        await stopping.DisposeAsync();
    }

    [Fact]
    public async Task Timer_TakesItsTurn_AndFiresAgainAfterItsEnd()
    {
        var grain = Grain("0/" + _name);
        await grain.StartTimer(_gate, TimeSpan.Zero, TimeSpan.FromMilliseconds(1), interleave: false, keepAlive: false).Within();
        await Stage.Reached("in " + _gate);
        var waiting = grain.Ping();
        await grain.HoldBesideOpen();
        Assert.False(waiting.IsCompleted);
        Assert.Equal(1, Stage.Marks("in " + _gate));
        Stage.Open(_gate);
        await waiting.Within();
        await Stage.Until(() => Stage.Marks("in " + _gate) > 2);
        await grain.StopTimer().Within();
    }

    [Fact]
    public async Task Timer_ThatInterleaves_KeepsNobodyWaiting()
    {
        var grain = Grain("0/" + _name);
        await grain.StartTimer(_gate, TimeSpan.Zero, Timeout.InfiniteTimeSpan, interleave: true, keepAlive: false).Within();
        await Stage.Reached("in " + _gate);
        await grain.Ping().Within();
        Stage.Open(_gate);
    }

    [Fact]
    public async Task Filter_SeesEachCall()
    {
        var filtered = new TestClusterBuilder(1).AddSiloBuilderConfigurator<Filtered>().Build();
        await filtered.DeployAsync();
        var grain = filtered.GrainFactory.GetGrain<ISampleGrain>("0/" + _name);
        Assert.Equal(13, await grain.Add(1, 2).Within());
        await Assert.ThrowsAsync<InvalidDataException>(() => grain.Fault("bad")).Within();
        await Assert.ThrowsAsync<UnauthorizedAccessException>(grain.Deactivate).Within();
        Assert.Equal(1, Stage.Marks($"called sample/0/{_name} Fault"));
        await filtered.DisposeAsync();
    }

    private ISampleGrain Grain(string key) => cluster.Grains.GetGrain<ISampleGrain>(key);

    private sealed class Filtered : ISiloConfigurator
    {
        public void Configure(ISiloBuilder siloBuilder) =>
            siloBuilder.AddGrainAssembly(typeof(SampleGrain).Assembly).AddIncomingGrainCallFilter<Filter>();
    }

    private sealed class Filter : IIncomingGrainCallFilter
    {
        public async Task Invoke(IIncomingGrainCallContext context)
        {
            Stage.Mark($"called {context.TargetId} {context.MethodName}");
            if (context.MethodName == nameof(ISampleGrain.Deactivate))
            {
                throw new UnauthorizedAccessException();
            }

            await context.Invoke();
            if (context.Result is int number)
            {
                context.Result = number + 10;
            }
        }
    }
}
