using System.Diagnostics;
using Orleans;

namespace ProjectSilo.Grains.Tests.Runtime;

/// <summary>What a call gives back, and what it takes along.</summary>
public sealed class CallTests(ClusterFixture cluster) : IClassFixture<ClusterFixture>
{
    private readonly string _gate = Stage.NewName();
    private readonly ISampleGrain _grain = cluster.Grains.GetGrain<ISampleGrain>("0/" + Stage.NewName());

    [Fact]
    public async Task Call_OfEachShape_GivesItsResult()
    {
        await _grain.Ping().Within();
        await _grain.ReturnValueTask();
        Assert.Equal(5, await _grain.Add(2, 3).Within());
        Assert.Equal("text", await _grain.Echo("text"));
    }

    [Fact]
    public async Task Key_InGrainAndReference_IsTheGivenOne()
    {
        var grain = cluster.Grains.GetGrain<ISampleGrain>("3//home/user");
        Assert.Equal("3//home/user", await grain.Key().Within());
        Assert.Equal("3//home/user", grain.GetPrimaryKeyString());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Exception_InGrain_ReachesTheCallerUnchanged(int kind)
    {
        var exception = await Assert.ThrowsAsync<InvalidDataException>(() => kind switch
        {
            0 => _grain.Fault("bad"),
            1 => _grain.ThrowAtOnce("bad"),
            _ => _grain.ThrowFromValueTask("bad").AsTask(),
        }).Within();
        Assert.Equal("bad", exception.Message);
        Assert.Contains(nameof(SampleGrain), exception.StackTrace, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancellation_ThrownByGrain_ReachesTheCaller() =>
        await Assert.ThrowsAnyAsync<OperationCanceledException>(_grain.ThrowCanceled).Within();

    [Fact]
    public async Task AfterException_Grain_StillAnswers()
    {
        await Assert.ThrowsAsync<InvalidDataException>(() => _grain.Fault("bad")).Within();
        Assert.Equal(3, await _grain.Add(1, 2).Within());
    }

    [Fact]
    public async Task Cancel_WhileRunning_AnswersAtOnceAndReachesTheGrain()
    {
        using var source = new CancellationTokenSource();
        var call = _grain.HoldUntilCanceled(_gate, source.Token);
        await Stage.Reached("in " + _gate);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call).Within();
        await Stage.Reached("canceled " + _gate);
    }

    [Fact]
    public async Task Cancel_WhileWaiting_DropsTheRequest()
    {
        var busy = _grain.Hold(_gate);
        await Stage.Reached("in " + _gate);
        using var source = new CancellationTokenSource();
        var never = Stage.NewName();
        var waiting = _grain.HoldUntilCanceled(never, source.Token);
        await _grain.HoldBesideOpen();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting).Within();
        Stage.Open(_gate);
        await busy.Within();
        await _grain.Ping().Within();
        Assert.Equal(0, Stage.Marks("in " + never));
    }

    [Fact]
    public async Task Call_WithCanceledToken_NeverRuns()
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _grain.HoldUntilCanceled(_gate, new CancellationToken(canceled: true))).Within();
        await _grain.Ping().Within();
        Assert.Equal(0, Stage.Marks("in " + _gate));
    }

    [Fact]
    public async Task AsyncLocal_OfCaller_StaysWithTheCaller()
    {
        SampleGrain.AmbientText.Value = "the caller's";
        Assert.Null(await _grain.Ambient().Within());
        Assert.Null(await _grain.Ambient().Within());
        Assert.Equal("the caller's", SampleGrain.AmbientText.Value);
    }

    [Fact]
    public async Task Activity_OfCaller_IsTheGrainsParent()
    {
        using var activity = new Activity("test").Start();
        Assert.Equal(activity.TraceId.ToString(), await _grain.ActivityId().Within());
        activity.Stop();
        Assert.Null(await _grain.ActivityId().Within());
    }

    [Fact]
    public async Task Grain_CallingAnother_GetsItsAnswer() => Assert.Equal(7, await _grain.CallOther("0/" + _gate, 3, 4).Within());

    [Fact]
    public async Task OneGrain_FromManyCallers_AnswersAll()
    {
        var sums = await Task.WhenAll(Enumerable.Range(0, 1000).Select(number => Task.Run(() => _grain.Add(number, 1)))).Within();
        Assert.Equal(Enumerable.Range(1, 1000), sums);
    }

    [Fact]
    public void GetGrain_OfUnimplementedInterface_Throws() =>
        Assert.Throws<ArgumentException>(() => cluster.Grains.GetGrain<IUnimplementedGrain>("0"));

    private interface IUnimplementedGrain : IGrainWithStringKey;
}
