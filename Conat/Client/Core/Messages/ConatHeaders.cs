using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Core.Messages;

/// <summary>Headers that mean something to everybody (spec 05 §5.4).</summary>
public static class ConatHeaders
{
    /// <summary>The subject to reply to; its presence makes a message a request.</summary>
    public const string Reply = "CN-Reply";

    /// <summary><c>connect</c>, <c>close</c>, <c>ping</c> or <c>socket</c> (spec 06 §6).</summary>
    public const string SocketCommand = "CN-SocketCmd";

    /// <summary>An integer from 1 (spec 06 §6).</summary>
    public const string SocketSequence = "CN-SocketSeq";

    /// <summary>By convention the failure of a service's call, whose payload is null then.</summary>
    public const string Error = "error";

    /// <summary>Beside <see cref="Error"/>, optional.</summary>
    public const string Code = "code";

    /// <summary>The error in <paramref name="headers"/>; null if there is none.</summary>
    public static ConatException? ErrorIn(WireValue? headers) => ConatException.In(headers);
}
