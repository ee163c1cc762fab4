using ProjectSilo.Conat.Values;
using ProjectSilo.Grains.Interfaces.Commands;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Gateways.Api;

/// <summary>The group <c>system</c> (spec 06 §3.3).</summary>
internal static class SystemMethods
{
    public static void AddTo(Dictionary<string, Func<ApiCall, ValueTask<WireValue>>> methods, ApiIdentity identity, TimeProvider time)
    {
        methods.Add("system.ping", _ => new ValueTask<WireValue>(new WireObject { ["now"] = Now(time) }.Build()));
        methods.Add("system.test", call => new ValueTask<WireValue>(new WireObject
        {
            ["project_id"] = call.Options(0)["project_id"].AsText() ?? "",
            ["server_time"] = Now(time),
        }.Build()));
        methods.Add("system.version", _ => new ValueTask<WireValue>(identity.Version));
        methods.Add("system.exec", Exec);
        methods.Add("system.signal", Signal);
        methods.Add("system.terminate", Terminate);
        methods.Add("sync.close", _ => new ValueTask<WireValue>(WireValue.Null));
    }

    private static double Now(TimeProvider time) => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary><c>{"command":"echo","args":["hi"]}</c> → <c>{"type":"blocking","stdout":"hi\n","stderr":"","exit_code":0}</c> (spec 09 §1).</summary>
    private static async ValueTask<WireValue> Exec(ApiCall call)
    {
        var options = call.Argument(0) as WireValue.Members ?? throw new RequestException("opts must not be null");
        if (options.ComputeServerId() is not 0 and var id && id != call.Api.Identity.ComputeServerId)
        {
            return await call.Api.For(id).Invoke("system.exec", call.Arguments, call.Caller, call.CancellationToken).ConfigureAwait(false);
        }

        var commands = call.Grain<ICommandsGrain>();
        if (options["async_get"].IsTruthy() && options["async_get"].ScalarToText() is { } jobId)
        {
            var query = new JobQuery(jobId, options["async_await"].IsTruthy());
            var job = await commands.GetJob(query, call.CancellationToken).ConfigureAwait(false)
                ?? throw new RequestException($"Async operation '{jobId}' does not exist.");
            return ExecBinding.Result(job, options, withStatistics: options["async_stats"].IsTruthy());
        }

        var exec = ExecBinding.Options(options);
        return options["async_call"].IsTruthy()
            ? ExecBinding.Result(await commands.StartJob(exec, call.Caller).ConfigureAwait(false), options, withStatistics: false)
            : ExecBinding.Result(await commands.Exec(exec, call.Caller).ConfigureAwait(false), options);
    }

    /// <summary><c>{"signal":15,"pid":4711}</c> → nothing (spec 09 §3).</summary>
    private static async ValueTask<WireValue> Signal(ApiCall call)
    {
        await call.Grain<ICommandsGrain>().Signal(SignalBinding.Request(call.Options(0))).ConfigureAwait(false);
        return WireValue.Null;
    }

    /// <summary>Stops a conat service, for development (spec 06 §3.2): <c>{"service":"api"}</c> → <c>{"status":"terminated","service":"api"}</c></summary>
    private static ValueTask<WireValue> Terminate(ApiCall call)
    {
        var service = call.Options(0)["service"];
        if (service.AsText() is not ("open-files" or "listings" or "files:read" or "files:write" or "api"))
        {
            throw new WireTypeException($"Unknown service {service.Show()}");
        }

        // One that doesn't run has ended already.
        call.Api.Services?.TryStop(service.AsText()!);
        return new ValueTask<WireValue>(Terminated(service));
    }

    /// <summary>The answer to <c>system.terminate</c>.</summary>
    internal static WireValue Terminated(WireValue service) => new WireObject { ["status"] = "terminated", ["service"] = service }.Build();
}
