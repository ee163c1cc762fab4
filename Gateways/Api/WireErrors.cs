using Orleans.Runtime;
using ProjectSilo.Conat.Core;
using ProjectSilo.Grains.Interfaces.Commands;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Notebooks;

namespace ProjectSilo.Gateways.Api;

/// <summary>What clients see of a failure (spec 06 §3.1, spec 09): the same text on every wire, never a stack trace or an unforeseen message.</summary>
public static class WireErrors
{
    private const string Prefix = "Error: ";

    /// <summary>The text, with the prefix that the kind of failure has.</summary>
    public static string Text(Exception exception) => exception switch
    {
        CommandException or NotebookSyntaxException => exception.Message,
        WireTypeException or RemoteException => exception.Message,
        ConatException => exception.Message.StartsWith(Prefix, StringComparison.Ordinal) ? exception.Message : Prefix + exception.Message,
        RequestException or PosixException => Prefix + exception.Message,
        TimeoutException => "Error: timeout",
        SiloUnavailableException => "Error: the daemon is shutting down",
        OperationCanceledException => "Error: canceled",
        _ => "Error: internal error",
    };

    /// <summary>Whether the failure is the client's or its command's doing. Others are ours and belong in the log.</summary>
    public static bool IsExpected(Exception exception) =>
        exception is CommandException or NotebookSyntaxException or WireTypeException or RemoteException or ConatException or RequestException or PosixException or OperationCanceledException or SiloUnavailableException;
}
