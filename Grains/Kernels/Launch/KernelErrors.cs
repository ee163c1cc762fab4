using System.Collections.Immutable;
using System.Globalization;
using System.Text.Encodings.Web;
using ProjectSilo.Grains.Interfaces.Commands;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Kernels;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Kernels.Launch;

/// <summary>The texts of spec 10 §2.1 and §5.1, which clients show and match on.</summary>
internal static class KernelErrors
{
    /// <summary>What those are told who wait for a kernel that is closed.</summary>
    public const string Closed = "closed";

    public const string NoKernel = "cannot spawn since no kernel is set";

    /// <summary><c>No spec available for kernel "nope".  Available specs: ["python3"]</c></summary>
    public static string NoSpec(string kernel, ImmutableArray<KernelSpec> specs) =>
        $"No spec available for kernel \"{kernel}\".  Available specs: [{string.Join(',', specs.Select(spec => $"\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(spec.Name)}\""))}]";

    /// <summary>The process could not be started; <paramref name="reason"/> goes without <c>Error: </c>.</summary>
    public static RequestException CannotSpawn(string kernel, string reason) => new(
        $"**Unable to Spawn Jupyter Kernel:**\n\nError: {reason} \n\nTry this in a terminal to help debug this (or contact support): `jupyter console --kernel={kernel}`"
        + "\n\nOnce you fix the problem, explicitly restart this kernel to test here.");

    /// <summary><c>spawn /opt/python ENOENT</c></summary>
    public static string SpawnFailure(string program, PosixException reason) => $"spawn {program} {reason.Code}";

    public static RequestException SpawnTimeout(TimeSpan timeout) =>
        new(string.Create(CultureInfo.InvariantCulture, $"Failed to start kernel process. There was none after {timeout.TotalSeconds:0.###} s."));

    /// <summary><c>Kernel last exited with code 3.</c> or <c>Kernel last terminated by signal SIGKILL.</c>, and what it wrote to stderr.</summary>
    public static string Ended(ExitStatus exit, string stderr)
    {
        var text = exit.Signal is { } signal
            ? $"Kernel last terminated by signal {SignalNumber.Name(signal)}."
            : string.Create(CultureInfo.InvariantCulture, $"Kernel last exited with code {exit.Code}.");
        return stderr.Length == 0 ? text : $"{text}\n...\n{stderr}";
    }
}
