using Microsoft.Extensions.Options;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Native;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Native;

public sealed class BlockingWorkTests : IDisposable
{
    /// <summary>Closed: what waits for it hangs, as on a dead mount.</summary>
    private readonly ManualResetEventSlim _gate = new();

    public void Dispose()
    {
        _gate.Set();
        _gate.Dispose();
    }

    [Fact]
    public async Task Work_RunsOnItsOwnThreadsWithItsCallersContext()
    {
        var context = new AsyncLocal<string> { Value = "mine" };
        var work = Make();
        var (name, pool, value) = await work.Run("a", () => (Thread.CurrentThread.Name, Thread.CurrentThread.IsThreadPoolThread, context.Value)).Within();
        Assert.Equal(("blocking work", false, "mine"), (name, pool, value));
        Assert.Equal("thrown", (await Assert.ThrowsAsync<IOException>(() => work.Run("a", () => throw new IOException("thrown")).Within())).Message);
    }

    [Fact]
    public async Task HungCaller_TakesOnlyItsShare()
    {
        var work = Make(threads: 4, perCaller: 2);
        var hung = Enumerable.Range(0, 10).Select(_ => work.Run("hung", Hang)).ToList();
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(i, await work.Run("other", () => i).Within());
        }

        Assert.DoesNotContain(hung, task => task.IsCompleted);
        _gate.Set();
        await Task.WhenAll(hung).Within();
    }

    [Fact]
    public async Task WorkBehindAHungOne_GetsAThreadOfItsOwnEvenIfOneWasJustIdle()
    {
        var work = Make(threads: 4, perCaller: 2);
        for (var i = 0; i < 50; i++)
        {
            // One thread is idle afterwards; both works below find it so.
            await work.Run("a", () => true).Within();
            var hung = work.Run("hung", Hang);
            await work.Run("other", () => true).Within();
            _gate.Set();
            await hung.Within();
            _gate.Reset();
        }
    }

    [Fact]
    public async Task Callers_AreServedInTurn()
    {
        var work = Make(threads: 1, perCaller: 1);
        var order = new List<string>();
        var first = work.Run("first", Hang);
        var all = new List<Task> { first };
        foreach (var caller in new[] { "a", "a", "a", "b", "c", "b" })
        {
            all.Add(work.Run(caller, () => order.Add(caller)));
        }

        _gate.Set();
        await Task.WhenAll(all).Within();
        Assert.Equal(["a", "b", "c", "a", "b", "a"], order);
    }

    [Fact]
    public async Task CancelledWork_EndsAtOnceAndNeverRuns()
    {
        var work = Make(threads: 1, perCaller: 1);
        var ran = false;
        var hung = work.Run("hung", Hang);
        using var cancellation = new CancellationTokenSource();
        var waiting = work.Run("hung", () => ran = true, cancellation.Token);
        var behind = work.Run("hung", () => true);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.Within());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => work.Run("other", () => ran = true, cancellation.Token).Within());
        Assert.False(hung.IsCompleted);
        _gate.Set();
        Assert.True(await behind.Within());
        Assert.False(ran);
    }

    [Fact]
    public async Task RunningWork_IsNotInterrupted()
    {
        var work = Make();
        using var cancellation = new CancellationTokenSource();
        using var started = new ManualResetEventSlim();
        var running = work.Run(
            "a",
            () =>
            {
                started.Set();
                Hang();
                return 7;
            },
            cancellation.Token);
        await Bounded.Until(() => started.IsSet, "the work runs");
        await cancellation.CancelAsync();
        _gate.Set();
        Assert.Equal(7, await running.Within());
    }

    [Fact]
    public async Task QueueOfACaller_IsBoundedAndCancelledWorkMakesRoom()
    {
        var work = Make(threads: 1, perCaller: 1, queue: 2);
        using var started = new ManualResetEventSlim();
        var hung = work.Run(
            "a",
            () =>
            {
                started.Set();
                Hang();
            });
        await Bounded.Until(() => started.IsSet, "the work runs");
        using var cancellation = new CancellationTokenSource();
        var waiting = new[] { work.Run("a", () => 1), work.Run("a", () => 2, cancellation.Token) };
        Assert.Equal(
            "too many operations are waiting; try again later",
            (await Assert.ThrowsAsync<RequestException>(() => work.Run("a", () => 3))).Message);
        var other = work.Run("b", () => 4);
        await cancellation.CancelAsync();
        var last = work.Run("a", () => 5);
        _gate.Set();
        await hung.Within();
        Assert.Equal(10, await waiting[0].Within() + await last.Within() + await other.Within());
    }

    [Fact]
    public async Task Threads_EndWhenIdle()
    {
        var work = Make(idle: TimeSpan.FromMilliseconds(20));
        var thread = await work.Run("a", () => Thread.CurrentThread).Within();
        await Bounded.Until(() => !thread.IsAlive, "the idle thread has ended");
        Assert.NotSame(thread, await work.Run("a", () => Thread.CurrentThread).Within());
    }

    [Fact]
    public async Task ManyCallers_AllAreServed()
    {
        var work = Make(threads: 3, perCaller: 2, idle: TimeSpan.FromMilliseconds(1));
        var random = new Random(5);
        var tasks = new List<Task<int>>();
        for (var i = 0; i < 5_000; i++)
        {
            using var cancellation = new CancellationTokenSource();
            var cancel = random.Next(4) == 0;
            var task = work.Run($"caller {random.Next(5)}", () => 1, cancellation.Token);
            if (cancel)
            {
                await cancellation.CancelAsync();
            }

            tasks.Add(task);
            if (i % 500 == 0)
            {
                await Task.WhenAll(tasks).ContinueWith(_ => { }, TaskScheduler.Default).Within();
            }
        }

        await Task.WhenAll(tasks).ContinueWith(_ => { }, TaskScheduler.Default).Within();
        Assert.Equal(tasks.Count, tasks.Count(task => task.IsCompletedSuccessfully || task.IsCanceled));
    }

    [Fact]
    public async Task HungWork_StopsCountingAfterAWhile_AlsoForItsOwnCaller()
    {
        var time = new FakeTimeProvider();
        var work = Make(threads: 2, perCaller: 2, time: time);
        var hung = new[] { work.Run("a", Hang), work.Run("a", Hang) };
        var next = work.Run("a", () => 1);
        var other = work.Run("b", () => 2);
        Assert.False(next.IsCompleted || other.IsCompleted);

        await Bounded.Until(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(5));
                return next.IsCompleted && other.IsCompleted;
            },
            "the hung work has stopped counting");
        Assert.Equal((1, 2), (await next, await other));

        _gate.Set();
        await Task.WhenAll(hung).Within();
        Assert.Equal(3, await work.Run("a", () => 3).Within());
    }

    [Fact]
    public async Task CallerWithMuchHungWork_WaitsForItself_OthersGoOn()
    {
        var time = new FakeTimeProvider();
        var work = new BlockingWork(
            Options.Create(new BlockingWorkOptions { Threads = 4, ThreadsPerCaller = 2, MaxHungPerCaller = 3, MaxHung = 100 }), time);
        var hung = Enumerable.Range(0, 20).Select(_ => work.Run("a", Hang)).ToList();
        for (var i = 0; i < 50; i++)
        {
            time.Advance(TimeSpan.FromSeconds(5));
            Assert.Equal(i, await work.Run("b", () => i).Within());
        }

        Assert.DoesNotContain(hung, task => task.IsCompleted);
        _gate.Set();
        await Task.WhenAll(hung).Within();
        Assert.Equal(1, await work.Run("a", () => 1).Within());
    }

    private static BlockingWork Make(int threads = 16, int perCaller = 4, int queue = 4_096, TimeSpan? idle = null, TimeProvider? time = null) => new(
        Options.Create(new BlockingWorkOptions
        {
            Threads = threads,
            ThreadsPerCaller = perCaller,
            QueueLengthPerCaller = queue,
            IdleThreadLifetime = idle ?? TimeSpan.FromSeconds(20),
        }),
        time ?? TimeProvider.System);

    private void Hang() => Assert.True(_gate.Wait(Bounded.Limit));
}
