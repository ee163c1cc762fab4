using ProjectSilo.Conat.Values;

namespace ProjectSilo.Gateways.Hub;

/// <summary>Calls from the daemon to a hub that is connected to it (spec 02 §10).</summary>
public interface IHubs
{
    /// <summary>Whether any hub is connected.</summary>
    bool IsConnected { get; }

    /// <summary>Whether any of them has said <c>hello</c>, as hubs do at once (spec 02 §4), and scripts that only have a question don't.</summary>
    bool HasGreeted { get; }

    /// <summary>Raised with true when the first hub has connected, with false when the last one has gone (spec 02 §11).</summary>
    event Action<bool>? ConnectedChanged;

    /// <summary>Queries the database: <c>{"projects":{"project_id":null,"title":null}}</c>.</summary>
    /// <param name="query">The query; rows come back under <c>query</c> of the result.</param>
    /// <param name="options">An array such as <c>[{"set":true}]</c>, or null.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <param name="timeout">How long to wait for the answer; null: 30 s.</param>
    /// <exception cref="Grains.Interfaces.Errors.RequestException">
    /// <c>no hub socket available</c>, <c>timeout after 30s</c>, <c>socket closed</c>, or the hub's error.
    /// </exception>
    Task<WireValue.Members> Query(WireValue query, WireValue? options, CancellationToken cancellationToken, TimeSpan? timeout = null);

    /// <summary>
    /// Follows a query: first the answer with the rows, then changes <c>{"action":"insert","new_val":{…}}</c>. Ends with an exception when the hub ends the feed or
    /// its connection ends. Leaving the enumeration cancels the feed at the hub.
    /// </summary>
    IAsyncEnumerable<WireValue.Members> Changefeed(WireValue query, CancellationToken cancellationToken);

    /// <summary>Stores a blob (at most 15,000,000 bytes) and waits for the hub's confirmation.</summary>
    /// <returns>The blob's UUID, which is derived from its SHA-1 (spec 02 §13).</returns>
    Task<string> SaveBlob(ReadOnlyMemory<byte> content, CancellationToken cancellationToken);
}
