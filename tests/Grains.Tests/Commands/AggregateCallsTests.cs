using FsCheck;
using FsCheck.Fluent;
using ProjectSilo.Grains.Commands;
using ProjectSilo.Grains.Interfaces.Commands;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Commands;

/// <summary>Joined calls (spec 09 §1.10), against a model that knows numbers and one key.</summary>
public sealed class AggregateCallsTests
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(60);

    private readonly FakeTimeProvider _time = new();
    private readonly List<TaskCompletionSource<int>> _runs = [];
    private readonly AggregateCalls<int> _calls;

    public AggregateCallsTests() => _calls = new AggregateCalls<int>(_time, Lifetime, maxResults: 3);

    [Fact]
    public async Task CallsAtOnce_AsInTheTable()
    {
        var first = new[] { 1, 1, 0 }.Select(value => Call(value)).ToList();
        var later = new[] { 2, 3 }.Select(value => Call(value)).ToList();
        await Finish(1);
        Assert.Equal(new[] { 1, 1, 1 }, await Task.WhenAll(first).Within());
        await Finish(2);
        Assert.Equal(new[] { 2, 2 }, await Task.WhenAll(later).Within());
        Assert.Equal(new[] { 2, 2 }, await Task.WhenAll(Call(1), Call(3)).Within());
        var newest = Call(4);
        await Finish(3);
        Assert.Equal(3, await newest.Within());
        Assert.Equal(3, _runs.Count);
    }

    [Fact]
    public async Task ObjectForm_JoinsOnlyEqualValues()
    {
        var a = new AggregateValue { ObjectValue = "\"a\"" };
        var calls = new[] { a, a, new AggregateValue { ObjectValue = "\"b\"" } }.Select(value => Call(value)).ToList();
        await Finish(2);
        Assert.Equal(new[] { 1, 1, 2 }, await Task.WhenAll(calls).Within());
    }

    [Fact]
    public void Order_IsThatOfTheSpecification()
    {
        Assert.True(Number(1).IsAtMost(Number(1)));
        Assert.False(Number(10).IsAtMost(Number(9)));
        Assert.True(Text("10").IsAtMost(Text("9")));
        Assert.False(Text("a").IsAtMost(Text("Z")));
        Assert.False(Number(1).IsAtMost(Text("2")));
        Assert.False(new AggregateValue { ObjectValue = "1" }.IsAtMost(Number(1)));
    }

    [Fact]
    public async Task Errors_AreSharedAndRemembered()
    {
        var calls = new[] { Call(1), Call(1) };
        InTurn(() => _runs[0].TrySetException(new CommandException("failed")));
        foreach (var call in calls.Append(Call(0)))
        {
            Assert.Equal("failed", (await Assert.ThrowsAsync<CommandException>(() => call.Within())).Message);
        }

        Assert.Single(_runs);
        var next = Call(2);
        await Finish(2);
        Assert.Equal(2, await next.Within());
    }

    [Fact]
    public async Task Results_OlderThanAMinuteFromTheStart_AreRunAgain()
    {
        var first = Call(1);
        _time.Advance(Lifetime);
        await Finish(1);
        Assert.Equal(1, await first.Within());
        Assert.Equal(1, await Call(1).Within());
        _time.Advance(TimeSpan.FromMilliseconds(1));
        var second = Call(1);
        await Finish(2);
        Assert.Equal(2, await second.Within());
    }

    [Fact]
    public async Task Results_AreBounded()
    {
        for (var key = 0; key < 5; key++)
        {
            var call = Call(Number(1), $"key {key}");
            await Finish(key + 1);
            await call.Within();
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(5, await Call(Number(1), "key 4").Within());
        Assert.Equal(3, await Call(Number(1), "key 2").Within());
        var forgotten = Call(Number(1), "key 1");
        await Finish(6);
        Assert.Equal(6, await forgotten.Within());
    }

    /// <summary>Any order of calls and ends: what each call gets, and how many runs there are, is as the model says.</summary>
    [Fact]
    public void AnyOrder_AsTheModel() => Prop
        .ForAll(Gen.Choose(-2, 6).ListOf().ToArbitrary(), steps => new AggregateCallsTests().AsTheModel([.. steps]).GetAwaiter().GetResult())
        .Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    /// <param name="steps">Negative: the run ends. Others: a call with that value.</param>
    private async Task AsTheModel(IReadOnlyList<int> steps)
    {
        var calls = new List<Task<int>>();
        var expected = new List<int>();
        var queue = new List<(int Index, int Value)>();
        var (runs, running, finished) = (0, -1, -1);
        foreach (var step in steps.Concat([-1, -1, -1, -1]))
        {
            if (step < 0)
            {
                if (running < 0)
                {
                    continue;
                }

                await Finish(runs);
                (finished, running) = (running, -1);
                if (queue.Count > 0)
                {
                    running = queue.Max(queued => queued.Value);
                    runs++;
                    queue.ForEach(queued => expected[queued.Index] = runs);
                    queue.Clear();
                }

                continue;
            }

            calls.Add(Call(step));
            expected.Add(0);
            if (step <= finished)
            {
                // Of the last run that has ended.
                expected[^1] = running < 0 ? runs : runs - 1;
            }
            else if (running < 0)
            {
                running = step;
                expected[^1] = ++runs;
            }
            else if (step <= running)
            {
                expected[^1] = runs;
            }
            else
            {
                queue.Add((calls.Count - 1, step));
            }
        }

        Assert.Equal(expected, await Task.WhenAll(calls).Within());
        Assert.Equal(runs, _runs.Count);
    }

    private static AggregateValue Number(double value) => new() { Number = value };

    private static AggregateValue Text(string value) => new() { Text = value };

    private Task<int> Call(double value) => Call(Number(value));

    private Task<int> Call(AggregateValue value, string key = "key") => InTurn(() => _calls.Run(new AggregateRequest(key, value), () =>
    {
        _runs.Add(new TaskCompletionSource<int>());
        return _runs[^1].Task;
    }));

    /// <summary>Ends all runs up to the <paramref name="count"/>th with its number; a run started by the end of another is among them.</summary>
    private async Task Finish(int count)
    {
        for (var i = 0; i < count; i++)
        {
            await Bounded.Until(() => _runs.Count > i, $"run {i + 1} has started");
            InTurn(() => _runs[i].TrySetResult(i + 1));
        }
    }

    /// <summary>Without the tests' synchronization context, what follows an end runs at once and here, as on the turns of a grain.</summary>
    private static T InTurn<T>(Func<T> action)
    {
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            return action();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }
}
