using ProjectSilo.Conat.Values;
using ProjectSilo.Grains.Interfaces.Commands;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Gateways.Api;

/// <summary>The argument of <c>system.signal</c> (spec 09 §3, spec 06 §3.3).</summary>
internal static class SignalBinding
{
    private const int DefaultSignal = 15;

    /// <summary>The signal by number or name, and all pids.</summary>
    public static SignalRequest Request(WireValue.Members options)
    {
        var pids = options["pids"] switch
        {
            WireValue.Nothing => [],
            WireValue.Items items => items.Values,
            _ => throw new RequestException("pids must be an array of numbers"),
        };
        if (options["pid"] is not WireValue.Nothing and var pid)
        {
            pids = pids.Insert(0, pid);
        }

        return new SignalRequest(Signal(options["signal"]), [.. pids.Select(Pid)]);
    }

    private static int Pid(WireValue value) =>
        value is WireValue.Number number && double.IsInteger(number.Value) && Math.Abs(number.Value) <= int.MaxValue
            ? (int)number.Value
            : throw new RequestException("a pid must be an integer");

    private static int Signal(WireValue value) => value switch
    {
        WireValue.Nothing => DefaultSignal,
        // What is no signal number the kernel refuses: EINVAL.
        WireValue.Number number => double.IsInteger(number.Value) && Math.Abs(number.Value) < int.MaxValue ? (int)number.Value : int.MaxValue,
        WireValue.Text text when SignalNumber.Of(text.Value) is { } number => number,
        _ => throw new WireTypeException($"TypeError [ERR_UNKNOWN_SIGNAL]: Unknown signal: {value.Show()}"),
    };
}
