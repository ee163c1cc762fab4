using ProjectSilo.Grains.Files;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Files;

public sealed class WriteLocksTests
{
    [Fact]
    public async Task Acquire_IsFirstComeFirstServedAndLeavesNothingBehind()
    {
        var locks = new WriteLocks(maxWaiting: 10);
        var order = new List<int>();
        var first = await locks.Acquire("a", default);
        var waiting = Enumerable.Range(0, 10).Select(async i =>
        {
            using (await locks.Acquire("a", default))
            {
                lock (order)
                {
                    order.Add(i);
                }
            }
        }).ToArray();
        (await locks.Acquire("b", default)).Dispose();
        Assert.Empty(order);
        first.Dispose();
        first.Dispose();
        await Task.WhenAll(waiting).Within();
        Assert.Equal(Enumerable.Range(0, 10), order);
        Assert.Equal(0, locks.Count);
    }

    [Fact]
    public async Task Acquire_WithTooManyWaiting_Fails()
    {
        var locks = new WriteLocks(maxWaiting: 1);
        var first = await locks.Acquire("a", default);
        var second = locks.Acquire("a", default);
        await Assert.ThrowsAsync<RequestException>(() => locks.Acquire("a", default));
        first.Dispose();
        (await second.Within()).Dispose();
        Assert.Equal(0, locks.Count);
    }

    [Fact]
    public async Task Acquire_Cancelled_GivesItsTurnToTheNext()
    {
        var locks = new WriteLocks(maxWaiting: 10);
        var first = await locks.Acquire("a", default);
        using var cancel = new CancellationTokenSource();
        var second = locks.Acquire("a", cancel.Token);
        var third = locks.Acquire("a", default);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second.Within());
        first.Dispose();
        (await third.Within()).Dispose();
        Assert.Equal(0, locks.Count);
    }
}
