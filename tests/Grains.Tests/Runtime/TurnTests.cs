namespace ProjectSilo.Grains.Tests.Runtime;

/// <summary>Which request runs when.</summary>
public sealed class TurnTests(ClusterFixture cluster) : IClassFixture<ClusterFixture>
{
    private readonly string _a = Stage.NewName();
    private readonly string _b = Stage.NewName();
    private readonly string _c = Stage.NewName();
    private readonly ISampleGrain _grain = cluster.Grains.GetGrain<ISampleGrain>("0/" + Stage.NewName());

    [Fact]
    public async Task Call_WhileBusy_WaitsItsTurn()
    {
        var first = _grain.Hold(_a);
        var second = _grain.Hold(_b);
        await Stage.Reached("in " + _a);
        await _grain.HoldBesideOpen();
        Assert.Equal(0, Stage.Marks("in " + _b));
        Stage.Open(_a);
        await first.Within();
        await Stage.Reached("in " + _b);
        Stage.Open(_b);
        await second.Within();
    }

    [Fact]
    public async Task AlwaysInterleave_WhileBusy_RunsAtOnce()
    {
        var busy = _grain.Hold(_a);
        await Stage.Reached("in " + _a);
        var beside = _grain.HoldBeside(_b);
        await Stage.Reached("in " + _b);
        Stage.Open(_b);
        await beside.Within();
        Assert.False(busy.IsCompleted);
        Stage.Open(_a);
        await busy.Within();
    }

    [Fact]
    public async Task AlwaysInterleave_WhileRunning_KeepsNobodyWaiting()
    {
        var beside = _grain.HoldBeside(_a);
        await Stage.Reached("in " + _a);
        Assert.Equal(3, await _grain.Add(1, 2).Within());
        Stage.Open(_a);
        await beside.Within();
    }

    /// <summary>It may: a turn that is just ending, or another, makes it wait for a thread as any request does. Nothing of either's context reaches the other.</summary>
    [Fact]
    public async Task AlwaysInterleave_FromThePoolWhileNothingRuns_MayBeginOnTheCallersThread()
    {
        await _grain.Ping();
        await ProjectSilo.Tests.Bounded.UntilAsync(
            () => Task.Run(async () =>
            {
                SampleGrain.AmbientText.Value = "of the caller";
                var call = _grain.BeginBeside();
                var isDone = call.IsCompleted;
                var mine = Environment.CurrentManagedThreadId;
                Assert.Equal("of the caller", SampleGrain.AmbientText.Value);
                return isDone && await call == mine;
            }),
            "a request begins on its caller's thread");
        Assert.True(await Task.Run(_grain.ContinueBeside).Within());
    }

    [Fact]
    public async Task AlwaysInterleave_FromATurn_BeginsOnAnotherThread()
    {
        var other = "0/" + Stage.NewName();
        for (var i = 0; i < 20; i++)
        {
            Assert.False(await _grain.BeginsInTurn(other).Within());
        }
    }

    [Fact]
    public async Task AlwaysInterleave_FromAThreadOfItsOwn_BeginsOnThePool()
    {
        await _grain.Ping();
        var call = new TaskCompletionSource<Task<int>>(TaskCreationOptions.RunContinuationsAsynchronously);
        var caller = new Thread(() => call.SetResult(_grain.BeginBeside()));
        caller.Start();
        Assert.NotEqual(caller.ManagedThreadId, await (await call.Task.Within()).Within());
        caller.Join();
    }

    [Fact]
    public async Task ReadOnly_BesideReadOnly_Runs()
    {
        var first = _grain.HoldReading(_a);
        var second = _grain.HoldReading(_b);
        await Stage.Reached("in " + _a);
        await Stage.Reached("in " + _b);
        Stage.Open(_a);
        Stage.Open(_b);
        await Task.WhenAll(first, second).Within();
    }

    [Fact]
    public async Task ReadOnly_WhileOtherRuns_Waits()
    {
        var writing = _grain.Hold(_a);
        await Stage.Reached("in " + _a);
        var reading = _grain.HoldReading(_b);
        await _grain.HoldBesideOpen();
        Assert.Equal(0, Stage.Marks("in " + _b));
        Stage.Open(_a);
        Stage.Open(_b);
        await Task.WhenAll(writing, reading).Within();
    }

    [Fact]
    public async Task Call_WhileReadOnlyRuns_WaitsAndReadersPassIt()
    {
        var reading = _grain.HoldReading(_a);
        await Stage.Reached("in " + _a);
        var writing = _grain.Hold(_b);
        var readingToo = _grain.HoldReading(_c);
        await Stage.Reached("in " + _c);
        Assert.Equal(0, Stage.Marks("in " + _b));
        Stage.Open(_c);
        Stage.Open(_a);
        Stage.Open(_b);
        await Task.WhenAll(reading, writing, readingToo).Within();
    }

    [Fact]
    public async Task WaitingCall_BehindBlockedOne_PassesItIfItInterleaves()
    {
        var writing = _grain.Hold(_a);
        await Stage.Reached("in " + _a);
        var blocked = _grain.Hold(_b);
        var passing = _grain.HoldBeside(_c);
        Stage.Open(_c);
        await passing.Within();
        Assert.Equal(0, Stage.Marks("in " + _b));
        Stage.Open(_a);
        Stage.Open(_b);
        await Task.WhenAll(writing, blocked).Within();
    }

    [Fact]
    public async Task Reentrant_WhileBusy_RunsAtOnce()
    {
        var grain = cluster.Grains.GetGrain<IReentrantSampleGrain>("0/" + Stage.NewName());
        var first = grain.Hold(_a);
        var second = grain.Hold(_b);
        await Stage.Reached("in " + _a);
        await Stage.Reached("in " + _b);
        Stage.Open(_a);
        Stage.Open(_b);
        await Task.WhenAll(first, second).Within();
    }

    [Fact]
    public async Task Await_InGrain_ContinuesOnTheTurn() => Assert.True(await _grain.ContinuesOnTurn().Within());

    [Fact]
    public async Task OtherGrain_WhileOneIsBusy_Runs()
    {
        var busy = _grain.Hold(_a);
        await Stage.Reached("in " + _a);
        Assert.Equal(3, await cluster.Grains.GetGrain<ISampleGrain>("0/" + _b).Add(1, 2).Within());
        Stage.Open(_a);
        await busy.Within();
    }
}
