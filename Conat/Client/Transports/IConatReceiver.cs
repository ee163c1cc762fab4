using ProjectSilo.Conat.Core.Messages;

namespace ProjectSilo.Conat.Transports;

/// <summary>What a connection gives to its client. Calls come one after the other from the connection's reader, which they must not hold up.</summary>
public interface IConatReceiver
{
    /// <summary>Who we are to the broker. May come repeatedly.</summary>
    void OnInfo(ConatInfo info);

    /// <summary>The broker refused something.</summary>
    void OnPermissionDenied(ConatPermissionDenied denied);

    /// <summary>A chunk of a message.</summary>
    /// <param name="pattern">The subscription it is for.</param>
    /// <param name="chunk">The chunk.</param>
    void OnChunk(string pattern, ConatChunk chunk);

    /// <summary>
    /// Ends when so little is left of what came for <paramref name="subject"/> that more may come; null if that is so now. For transports that can hold up who sends it,
    /// which the one into the broker of the same process can, by its acks. May be called at any time, and doesn't wait.
    /// </summary>
    Task? Room(ReadOnlySpan<char> subject) => null;
}
