using ProjectSilo.Grains.Commands;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Commands;

public sealed class JobTableTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly JobTable _jobs;

    public JobTableTests() => _jobs = new JobTable(new CommandsOptions { MaxJobRecords = 3, JobRecordLifetime = TimeSpan.FromHours(1) }, _time);

    [Fact]
    public void Records_BeyondTheLimit_TheLeastRecentlyUsedGo()
    {
        AddEnded("a", "b", "c", "d", "e");
        Assert.True(_jobs.Touch("a"));
        Assert.Equal(["b", "c"], _jobs.TakeExpired());
        Assert.False(_jobs.Touch("b"));
        Assert.True(_jobs.Touch("a"));
        Assert.Empty(_jobs.TakeExpired());
    }

    [Fact]
    public void Records_NotUsedForAnHour_Go()
    {
        AddEnded("a", "b");
        _time.Advance(TimeSpan.FromMinutes(30));
        Assert.True(_jobs.Touch("b"));
        _time.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal(["a"], _jobs.TakeExpired());
        _time.Advance(TimeSpan.FromMinutes(31));
        Assert.Equal(["b"], _jobs.TakeExpired());
        Assert.True(_jobs.IsEmpty);
    }

    [Fact]
    public void RunningJobs_AreNeverDropped()
    {
        foreach (var job in new[] { "a", "b", "c", "d" })
        {
            _jobs.Add(job);
        }

        _time.Advance(TimeSpan.FromDays(1));
        Assert.Empty(_jobs.TakeExpired());
        Assert.Equal(4, _jobs.Running);
        _jobs.End("c");
        Assert.Equal(3, _jobs.Running);

        // Too many still: the one that has ended is the only one that may go.
        Assert.Equal(["c"], _jobs.TakeExpired());
    }

    [Fact]
    public void End_CountsAsUse()
    {
        _jobs.Add("a");
        _time.Advance(TimeSpan.FromHours(2));
        _jobs.End("a");
        Assert.Empty(_jobs.TakeExpired());
    }

    [Fact]
    public void Unknown_IsNotTouchedEndedOrCounted()
    {
        _jobs.End("x");
        _jobs.Remove("x");
        Assert.False(_jobs.Touch("x"));
        Assert.Equal(0, _jobs.Running);
    }

    private void AddEnded(params string[] jobs)
    {
        foreach (var job in jobs)
        {
            _jobs.Add(job);
            _jobs.End(job);
            _time.Advance(TimeSpan.FromSeconds(1));
        }
    }
}
