using System.Collections.Immutable;
using ProjectSilo.Conat.Values;
using ProjectSilo.Grains.Interfaces.Commands;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Gateways.Api;

/// <summary>The options and results of <c>system.exec</c> between wire and grain (spec 09 §1.1, §1.7, §1.11).</summary>
internal static class ExecBinding
{
    /// <summary>The options of a command to run.</summary>
    /// <exception cref="RequestException">A member has no usable type.</exception>
    public static ExecOptions Options(WireValue.Members options)
    {
        var defaults = new ExecOptions { Command = "" };
        return new ExecOptions
        {
            Command = Text(options, "command") is { Length: > 0 } command ? command : throw new RequestException("command must be specified"),
            Args = Arguments(options["args"]),
            Bash = options["bash"].IsTruthy(),
            Path = Text(options, "path"),
            Cwd = Text(options, "cwd"),
            TimeoutSeconds = options.OptionalNumber("timeout") ?? defaults.TimeoutSeconds,
            UlimitTimeout = Flag(options, "ulimit_timeout", defaults.UlimitTimeout),
            ErrOnExit = Flag(options, "err_on_exit", defaults.ErrOnExit),
            MaxOutput = Integer(options, "max_output"),
            Env = Environment(options["env"]),
            Home = Text(options, "home"),
            Uid = Integer(options, "uid"),
            Gid = Integer(options, "gid"),
            Aggregate = Aggregate(options),
        };
    }

    /// <summary><c>{"type":"blocking","stdout":"…","stderr":"","exit_code":0}</c>, and the <c>id</c> of the options if there is one.</summary>
    public static WireValue.Members Result(ExecResult result, WireValue.Members options) => new WireObject
    {
        ["id"] = Id(options),
        ["stdout"] = new WireValue.LongText(result.Stdout.Pieces),
        ["stderr"] = new WireValue.LongText(result.Stderr.Pieces),
        ["exit_code"] = result.ExitCode,
        ["type"] = "blocking",
    }.Build();

    /// <summary><c>{"type":"async","job_id":"…","start":1795327644820,"status":"running",…}</c></summary>
    public static WireValue.Members Result(JobRecord job, WireValue.Members options, bool withStatistics) => new WireObject
    {
        ["id"] = Id(options),
        ["stdout"] = new WireValue.LongText(job.Stdout.Pieces),
        ["stderr"] = new WireValue.LongText(job.Stderr.Pieces),
        ["exit_code"] = job.ExitCode,
        ["type"] = "async",
        ["job_id"] = job.JobId,
        ["start"] = job.Start,
        ["status"] = Status(job.Status),
        ["elapsed_s"] = Optional(job.ElapsedSeconds),
        ["pid"] = Optional(job.Pid),
        ["stats"] = withStatistics && !job.Statistics.IsEmpty ? new WireValue.Items([.. job.Statistics.Select(Statistics)]) : null,
    }.Build();

    /// <summary>The same of a job that is followed: <c>stats</c> is always there (spec 09 §2).</summary>
    public static WireValue.Members Snapshot(JobRecord job, WireValue.Members options) => new WireObject()
        .AddAll(Result(job, options, withStatistics: false))
        .With("stats", new WireValue.Items([.. job.Statistics.Select(Statistics)]))
        .Build();

    /// <summary><c>{"timestamp":1795329353526,"mem_rss":4.66,"cpu_pct":0,"cpu_secs":0}</c></summary>
    public static WireValue Statistics(JobStatistics sample) => new WireObject
    {
        ["timestamp"] = sample.Timestamp,
        ["mem_rss"] = sample.MemRss,
        ["cpu_pct"] = sample.CpuPct,
        ["cpu_secs"] = sample.CpuSecs,
    }.Build();

    private static WireValue? Id(WireValue.Members options) => options["id"] is WireValue.Nothing ? null : options["id"];

    private static WireValue? Optional(double? number) => number is { } value ? value : null;

    private static string Status(JobStatus status) => status switch
    {
        JobStatus.Running => "running",
        JobStatus.Completed => "completed",
        _ => "error",
    };

    private static string? Text(WireValue.Members options, string name) => options[name] switch
    {
        WireValue.Nothing => null,
        WireValue.Text text => text.Value,
        _ => throw new RequestException($"{name} must be a string"),
    };

    private static int? Integer(WireValue.Members options, string name) => options.OptionalNumber(name) is { } number ? (int)Math.Clamp(number, int.MinValue, int.MaxValue) : null;

    private static bool Flag(WireValue.Members options, string name, bool fallback) => options[name] is WireValue.Nothing ? fallback : options[name].IsTruthy();

    private static ImmutableArray<string> Arguments(WireValue args) => args switch
    {
        WireValue.Nothing => [],
        WireValue.Items items => [.. items.Values.Select(item => item.ScalarToText() ?? throw new RequestException("args must be an array of strings"))],
        _ => throw new RequestException("args must be an array of strings"),
    };

    private static ImmutableDictionary<string, string> Environment(WireValue env)
    {
        if (env is WireValue.Nothing)
        {
            return ImmutableDictionary<string, string>.Empty;
        }

        var members = env as WireValue.Members ?? throw new RequestException("env must be an object of strings");
        var result = ImmutableDictionary.CreateBuilder<string, string>();
        foreach (var (name, value) in members.Values)
        {
            // As in spec 01 §2.4: no program could ask for such a name.
            var isName = name.Length > 0 && !name.Contains('=', StringComparison.Ordinal);
            if (isName && value is not WireValue.Nothing)
            {
                result[name] = value.ScalarToText() ?? throw new RequestException("env must be an object of strings");
            }
        }

        return result.ToImmutable();
    }

    private static AggregateRequest? Aggregate(WireValue.Members options)
    {
        var value = options["aggregate"] switch
        {
            WireValue.Nothing => null,
            WireValue.Text text => new AggregateValue { Text = text.Value },
            WireValue.Number number => new AggregateValue { Number = number.Value },
            WireValue.Members members => new AggregateValue { ObjectValue = WireJson.ToCanonicalText(members["value"]) },
            _ => throw new RequestException("aggregate must be a number, a string or an object with a value"),
        };
        return value is null ? null : new AggregateRequest(WireJson.ToCanonicalText(options, "aggregate", "cb", "streamCB"), value);
    }
}
