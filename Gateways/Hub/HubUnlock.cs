using System.Buffers;
using System.IO.Pipelines;
using ProjectSilo.Gateways.Api;

namespace ProjectSilo.Gateways.Hub;

/// <summary>The first exchange of a hub connection: the token, answered by <c>y</c> (spec 02 §1).</summary>
internal static class HubUnlock
{
    private static readonly byte[] Yes = "y"u8.ToArray();
    private static readonly byte[] No = "nInvalid secret token."u8.ToArray();

    /// <summary>Reads the token and answers.</summary>
    /// <returns>True: unlocked. False: refused, or the other side closed.</returns>
    /// <exception cref="OperationCanceledException">The deadline passed; nothing was sent.</exception>
    public static async ValueTask<HubUnlockResult> Run(IDuplexPipe transport, SecretToken token, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await transport.Input.ReadAsync(cancellationToken).ConfigureAwait(false);
            var result = Judge(read.Buffer, token);
            if (result is HubUnlockResult.Unlocked)
            {
                // Whatever came with the token is thrown away: hubs wait for the answer.
                transport.Input.AdvanceTo(read.Buffer.End);
                await transport.Output.WriteAsync(Yes, cancellationToken).ConfigureAwait(false);
                return HubUnlockResult.Unlocked;
            }

            if (result is HubUnlockResult.Refused)
            {
                transport.Input.AdvanceTo(read.Buffer.End);
                await transport.Output.WriteAsync(No, cancellationToken).ConfigureAwait(false);
                return HubUnlockResult.Refused;
            }

            transport.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted)
            {
                return HubUnlockResult.Closed;
            }
        }
    }

    private static HubUnlockResult? Judge(in ReadOnlySequence<byte> received, SecretToken token)
    {
        var head = received.Slice(0, Math.Min(received.Length, token.Length));
        if (!token.Agrees(head.IsSingleSegment ? head.FirstSpan : head.ToArray()))
        {
            return HubUnlockResult.Refused;
        }

        return head.Length == token.Length ? HubUnlockResult.Unlocked : null;
    }
}
