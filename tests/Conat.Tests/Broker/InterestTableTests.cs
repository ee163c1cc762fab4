using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Server.Broker;

namespace ProjectSilo.Tests.Broker;

/// <summary>Every set and every mutation of <c>conat-patterns.json</c>, and spec 05 §3.2 and §11.</summary>
public class InterestTableTests
{
    private static readonly JsonElement File = Vectors.Load("conat-patterns");

    [Fact]
    public void Match_EveryCapturedSet_InTheReferencesOrder() => Assert.All(File.GetProperty("sets").EnumerateArray(), set =>
    {
        var table = new InterestTable();
        foreach (var pattern in Texts(set.GetProperty("patterns")))
        {
            table.Add(pattern, "0", new Receiver());
        }

        Assert.Equal(Texts(set.GetProperty("matches")), Match(table, set.GetProperty("subject").GetString()!));
    });

    [Fact]
    public void AddAndRemove_EveryCapturedMutation_GivesTheCorrectResult() => Assert.All(File.GetProperty("mutations").EnumerateArray(), mutation =>
    {
        var table = new InterestTable();
        var receiver = new Receiver();
        foreach (var op in mutation.GetProperty("ops").EnumerateArray())
        {
            if (op[0].GetString() == "add")
            {
                table.Add(op[1].GetString()!, "0", receiver);
            }
            else
            {
                table.Remove(op[1].GetString()!, "0", receiver);
            }
        }

        Assert.Equal(Texts(mutation.GetProperty("matches")), Match(table, mutation.GetProperty("subject").GetString()!).Order(StringComparer.Ordinal));
    });

    [Fact]
    public void Match_AfterAnyChanges_IsWhatComparingEachPatternGives()
    {
        var token = Gen.Elements("a", "b", "c", "*", "__proto__");
        var pattern = from tokens in Gen.NonEmptyListOf(token)
                      from tail in Gen.Elements("", "", ".>")
                      select string.Join('.', tokens.Take(4)) + tail;
        var subject = from tokens in Gen.NonEmptyListOf(Gen.Elements("a", "b", "c", "constructor", "__proto__")) select string.Join('.', tokens.Take(5));
        var change = from isAdd in Gen.Elements(true, true, false)
                     from changed in pattern
                     from queue in Gen.Elements("0", "1")
                     select (isAdd, changed, queue);
        var runs = from changes in Gen.ListOf(change)
                   from published in subject
                   select (changes, published);
        Prop.ForAll(runs.ToArbitrary(), run =>
        {
            var table = new InterestTable();
            var receiver = new Receiver();
            var model = new HashSet<(string Pattern, string Queue)>();
            foreach (var (isAdd, changed, queue) in run.changes)
            {
                if (isAdd && model.Add((changed, queue)))
                {
                    table.Add(changed, queue, receiver);
                }
                else if (!isAdd)
                {
                    model.Remove((changed, queue));
                    table.Remove(changed, queue, receiver);
                }
            }

            var expected = model.Where(entry => Subjects.Matches(entry.Pattern, run.published)).Select(entry => entry.Pattern).Distinct();
            Assert.Equal(expected.Order(StringComparer.Ordinal), Match(table, run.published).Order(StringComparer.Ordinal));
            Assert.Equal(expected.Any(found => found != ">"), table.HasInterest(run.published));
            foreach (var (left, queue) in model)
            {
                table.Remove(left, queue, receiver);
            }

            Assert.True(table.IsEmpty);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Choose_TwoOfOneQueue_EitherGetsAboutHalf()
    {
        var table = new InterestTable();
        IMessageReceiver[] both = [new Receiver(), new Receiver()];
        table.Add("a", "0", both[0]);
        table.Add("a", "0", both[1]);
        table.Add("a", "1", both[0]);
        var matches = new List<PatternInterest>();
        table.Match("a", matches);
        var groups = Assert.Single(matches).Groups.ToArray();
        Assert.Equal(["0", "1"], groups.Select(group => group.Queue));
        var random = new Random(1);
        Assert.InRange(Enumerable.Range(0, 1000).Count(_ => groups[0].Choose(random) == both[0]), 400, 600);
    }

    [Fact]
    public async Task Match_DuringChangesOfOthers_AlwaysFindsWhatStays()
    {
        var table = new InterestTable();
        var receiver = new Receiver();
        table.Add("a.b", "0", receiver);
        using var end = new CancellationTokenSource();
        var changing = Task.Run(() =>
        {
            for (var i = 0; !end.IsCancellationRequested; i++)
            {
                foreach (var pattern in (string[])["a", "a.*", "a.b.c", "a.x" + (i % 50), "a.>", "a.b"])
                {
                    table.Add(pattern, "1", receiver);
                    table.Remove(pattern, "1", receiver);
                }
            }
        });
        for (var i = 0; i < 20_000; i++)
        {
            Assert.Contains("a.b", Match(table, "a.b"));
        }

        await end.CancelAsync();
        await changing.Within();
    }

    [Fact]
    public void Waiters_ANewPattern_AnswersThoseItMatchesOnce()
    {
        var (table, time) = (new InterestTable(), new FakeTimeProvider());
        var waiters = new InterestWaiters(table, time);
        var answers = new List<(string, bool)>();
        waiters.Add("a.b", TimeSpan.FromSeconds(5), found => answers.Add(("a.b", found)));
        waiters.Add("c", TimeSpan.FromSeconds(5), found => answers.Add(("c", found)));
        waiters.Add("gone", TimeSpan.FromSeconds(5), found => answers.Add(("gone", found))).Dispose();
        foreach (var pattern in (string[])[">", "a.*", "a.>"])
        {
            table.Add(pattern, "0", new Receiver());
            waiters.Notify(pattern);
        }

        Assert.Equal([("a.b", true)], answers);
        time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal([("a.b", true), ("c", false)], answers);
        waiters.Add("a.z", TimeSpan.FromSeconds(5), found => answers.Add(("a.z", found)));
        Assert.Equal(("a.z", true), answers[^1]);
        Assert.Equal((0, 0), (waiters.Count, time.TimerCount));
    }

    private static string[] Match(InterestTable table, string subject)
    {
        var matches = new List<PatternInterest>();
        table.Match(subject, matches);
        return [.. matches.Select(match => match.Pattern)];
    }

    private static string[] Texts(JsonElement list) => [.. list.EnumerateArray().Select(item => item.GetString()!)];

    private sealed class Receiver : IMessageReceiver
    {
        public void Deliver(RoutedMessage message, PatternInterest interest) => throw new InvalidOperationException("Nothing is delivered here.");
    }
}
