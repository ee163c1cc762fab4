using System.Collections.Immutable;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Sockets;

/// <summary>Telling and asking all connections (spec 06 §6.5).</summary>
public sealed partial class ConatSocketListener
{
    /// <summary>Writes a message to all connections.</summary>
    /// <returns>Those that don't get it: they have no room (<c>ENOBUFS</c>), or are just closed. Normally none.</returns>
    /// <exception cref="ConatException">Nested too deep.</exception>
    public ImmutableArray<ConatSocketConnection> Write(WireValue data, WireValue.Members? headers = null)
    {
        var raw = ConatPayload.Encode(data);
        var refused = ImmutableArray.CreateBuilder<ConatSocketConnection>();
        foreach (var connection in Connections)
        {
            if (!connection.TryWriteEncoded(raw, headers))
            {
                refused.Add(connection);
            }
        }

        return refused.DrainToImmutable();
    }

    /// <summary>Sends a request to all connections and waits for all their answers, errors as values.</summary>
    public async Task<ImmutableArray<SocketReply>> RequestAllAsync(WireValue data, PublishOptions? options = null, CancellationToken cancellationToken = default) =>
        [.. await Task.WhenAll(Connections.Select(connection => ReplyAsync(connection, data, options, cancellationToken))).ConfigureAwait(false)];

    /// <summary>Sends a request to all connections and waits for the first answer that is none of an error.</summary>
    /// <exception cref="ConatException">There is no connection (503), or the last error if there are only such.</exception>
    public async Task<SocketReply> RequestAnyAsync(WireValue data, PublishOptions? options = null, CancellationToken cancellationToken = default)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var error = new ConatException($"request -- no subscribers matching '{Subject}'", 503);
        try
        {
            await foreach (var task in Task.WhenEach(Connections.Select(connection => ReplyAsync(connection, data, options, enough.Token))).ConfigureAwait(false))
            {
                var reply = await task.ConfigureAwait(false);
                if (reply.Error is null)
                {
                    return reply;
                }

                error = reply.Error;
            }
        }
        finally
        {
            await enough.CancelAsync().ConfigureAwait(false);
        }

        throw error;
    }

    private static async Task<SocketReply> ReplyAsync(ConatSocketConnection connection, WireValue data, PublishOptions? options, CancellationToken cancellationToken)
    {
        try
        {
            return new SocketReply(connection, await connection.RequestAsync(data, options, cancellationToken).ConfigureAwait(false), null);
        }
        catch (ConatException error)
        {
            return new SocketReply(connection, null, error);
        }
    }
}
