namespace ProjectSilo.Grains.Interfaces.Commands;

/// <summary>The names of Linux' signals (spec 09 §3).</summary>
public static class SignalNumber
{
    private static readonly string[] Names = (
        "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS").Split(' ');

    /// <summary>The number of a signal by its name: 2 for <c>SIGINT</c>; null if there is none.</summary>
    public static int? Of(string name) =>
        name.StartsWith("SIG", StringComparison.Ordinal) && Array.IndexOf(Names, name["SIG".Length..]) is >= 0 and var index ? index + 1 : null;

    /// <summary>The name of a signal by its number: <c>SIGKILL</c> for 9; a signal without a name is its number.</summary>
    public static string Name(int number) =>
        number >= 1 && number <= Names.Length ? "SIG" + Names[number - 1] : number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
