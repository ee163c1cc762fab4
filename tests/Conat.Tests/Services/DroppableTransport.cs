using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Transports;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Services;

/// <summary>A transport whose connection a test can end, and hold back.</summary>
internal sealed class DroppableTransport(IConatTransport transport) : IConatTransport
{
    private IConatConnection? _last;

    /// <summary>Whether a new connection can be made; else it is tried again, as with a network that is down.</summary>
    public bool IsUp { get; set; } = true;

    public async Task<IConatConnection> ConnectAsync(IConatReceiver receiver, CancellationToken cancellationToken)
    {
        if (!IsUp)
        {
            throw new ConatException("the network is down");
        }

        return _last = await transport.ConnectAsync(receiver, cancellationToken);
    }

    public Task DropAsync() => _last!.DisposeAsync().AsTask().Within();
}
