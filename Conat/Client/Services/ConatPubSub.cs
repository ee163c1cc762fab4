using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Services;

/// <summary>
/// What the participants of a project tell each other about something, e.g. where their cursors are (spec 06 §16). Everybody gets all of it, also their own; there is no
/// state and no history, and what comes while there is no connection is lost.
/// </summary>
public sealed class ConatPubSub : IAsyncEnumerable<WireValue>, IDisposable
{
    /// <summary>Of what is this transient, the last counts: a slow reader loses the oldest.</summary>
    private const int MaxWaiting = 1_000;

    private readonly ConatClient _client;
    private readonly ConatSubscription _subscription;

    /// <param name="client">The member of the bus.</param>
    /// <param name="projectId">The project's UUID.</param>
    /// <param name="name">E.g. <c>cursors</c>.</param>
    /// <param name="path">What it is about; null or empty for nothing special.</param>
    /// <exception cref="ConatException">As of subscribing.</exception>
    public ConatPubSub(ConatClient client, string projectId, string name, string? path = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        _client = client;
        Subject = ConatNames.PubSubSubject(projectId, name, path);
        _subscription = client.Subscribe(Subject, new SubscribeOptions { MaxMessages = MaxWaiting });
    }

    /// <summary>Where it is told.</summary>
    public string Subject { get; }

    /// <summary>Tells all, without waiting for anything.</summary>
    /// <inheritdoc cref="ConatClient.Publish"/>
    public void Set(WireValue value) => _client.Publish(Subject, value);

    /// <summary>Reads what is told until this is disposed. What can't be decoded is passed over.</summary>
    /// <exception cref="ConatException">The broker refuses the subscription.</exception>
    public async IAsyncEnumerator<WireValue> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        while (await _subscription.ReadAsync(cancellationToken).ConfigureAwait(false) is { } message)
        {
            if (message.TryRead(out var value))
            {
                yield return value;
            }
        }
    }

    /// <inheritdoc />
    public void Dispose() => _subscription.Dispose();
}
