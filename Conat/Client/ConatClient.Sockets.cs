using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Sockets;

namespace ProjectSilo.Conat;

/// <summary>Sockets: ordered streams that outlive lost connections (spec 06 §6).</summary>
public sealed partial class ConatClient
{
    /// <summary>Connects a socket to a listener of <paramref name="subject"/>, which may come later. Doesn't wait: what is written meanwhile is kept.</summary>
    /// <param name="subject">The socket's subject, e.g. <c>persist.project-3fa2…</c>; no wildcards.</param>
    /// <param name="options">Null takes the defaults.</param>
    /// <exception cref="ConatException"><c>Error: invalid subject</c>.</exception>
    public ConatSocketConnector ConnectSocket(string subject, ConatSocketOptions? options = null)
    {
        ThrowIfNotPublishable(subject);
        return new ConatSocketConnector(this, subject, options ?? ConatSocketOptions.Default);
    }

    /// <summary>Listens for sockets on a subject or pattern; waits until connectors can come.</summary>
    /// <param name="subject">May have tokens <c>*</c>: <c>changefeeds.*</c>. Two listeners of one client on one subject need ids of their own.</param>
    /// <param name="options">Null takes the defaults.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ConatException">As of subscribing.</exception>
    public async Task<ConatSocketListener> ListenSocketAsync(string subject, ConatSocketOptions? options = null, CancellationToken cancellationToken = default)
    {
        var listener = new ConatSocketListener(this, subject, options ?? ConatSocketOptions.Default);
        try
        {
            await listener.Started.WaitAsync(cancellationToken).ConfigureAwait(false);
            return listener;
        }
        catch
        {
            await listener.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Listens for sockets on a subject or pattern, as soon as there is a connection.</summary>
    /// <inheritdoc cref="ListenSocketAsync"/>
    public ConatSocketListener ListenSocket(string subject, ConatSocketOptions? options = null) => new(this, subject, options ?? ConatSocketOptions.Default);
}
