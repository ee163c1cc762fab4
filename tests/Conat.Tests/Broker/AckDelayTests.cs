using ProjectSilo.Conat.Core;

namespace ProjectSilo.Tests.Broker;

/// <summary>Acks wait for receivers that take something, and for no others.</summary>
public sealed class AckDelayTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly AckDelay _delay;
    private long _bytes;

    public AckDelayTests() => _delay = new AckDelay(100, TimeSpan.FromSeconds(10), _time);

    [Fact]
    public void BelowTheMark_NothingIsWaitedFor()
    {
        _bytes = 100;
        Assert.Null(_delay.Until(ref _bytes));
    }

    [Fact]
    public async Task AboveIt_AcksWaitUntilEnoughIsTaken()
    {
        _delay.Began();
        _bytes = 300;
        var room = _delay.Until(ref _bytes)!;
        _delay.Taken(_bytes = 200);
        Assert.False(room.IsCompleted);
        Assert.Same(room, _delay.Until(ref _bytes));
        _delay.Taken(_bytes = 100);
        await room.Within();
    }

    [Fact]
    public async Task AReceiverThatTakesNothing_IsWaitedForOnceAndNotLong()
    {
        _delay.Began();
        _bytes = 300;
        var room = _delay.Until(ref _bytes)!;
        _time.Advance(TimeSpan.FromSeconds(9));
        _delay.Taken(_bytes = 200);
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(room.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(2));
        await room.Within();
        Assert.Null(_delay.Until(ref _bytes));
    }

    [Fact]
    public async Task TheEnd_EndsTheWait()
    {
        _delay.Began();
        _bytes = 300;
        var room = _delay.Until(ref _bytes)!;
        _delay.End();
        await room.Within();
        Assert.Null(_delay.Until(ref _bytes));
    }
}
