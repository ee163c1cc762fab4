using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Transports;

namespace ProjectSilo.Conat.Server.InProcess;

/// <summary>What waits for a receiver: a chunk of a message, or something else to be done with it.</summary>
/// <param name="Pattern">The subscription that the chunk is for.</param>
/// <param name="Chunk">Null if it is something else.</param>
/// <param name="Bytes">What it counts in the queue.</param>
/// <param name="Other">Something else.</param>
internal readonly record struct Delivery(string Pattern, ConatChunk? Chunk, long Bytes, Action<IConatReceiver>? Other = null)
{
    public void To(IConatReceiver receiver)
    {
        if (Chunk is not null)
        {
            receiver.OnChunk(Pattern, Chunk);
        }
        else
        {
            Other!(receiver);
        }
    }
}
