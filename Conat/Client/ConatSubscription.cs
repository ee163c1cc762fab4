using System.Threading.Channels;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;

namespace ProjectSilo.Conat;

/// <summary>
/// The messages of a subject or pattern, in the order of arrival. It outlives connections, and ends when it is disposed, when the client is, or when the broker refuses
/// it. Several readers share the messages.
/// </summary>
public sealed class ConatSubscription : IAsyncEnumerable<ConatMessage>, IDisposable
{
    private readonly ConatClient _client;
    private readonly SubscribeOptions _options;

    /// <summary>Bounded by the two counts below.</summary>
    private readonly Channel<ConatMessage> _messages = Channel.CreateUnbounded<ConatMessage>();
    private long _waiting;
    private long _waitingBytes;
    private long _dropped;

    internal ConatSubscription(ConatClient client, string subject, SubscribeOptions options)
    {
        _client = client;
        _options = options;
        Subject = subject;
    }

    /// <summary>The subject or pattern.</summary>
    public string Subject { get; }

    /// <summary>Messages that it had no room for.</summary>
    public long DroppedMessages => Interlocked.Read(ref _dropped);

    /// <summary>Reads messages until the end.</summary>
    /// <exception cref="ConatException">The broker refuses the subscription, or it has overflowed and shall end then.</exception>
    public async IAsyncEnumerator<ConatMessage> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        while (await ReadAsync(cancellationToken).ConfigureAwait(false) is { } message)
        {
            yield return message;
        }
    }

    /// <summary>The next message, waited for if need be; null at the end.</summary>
    /// <exception cref="ConatException">As of reading all.</exception>
    public async ValueTask<ConatMessage?> ReadAsync(CancellationToken cancellationToken = default)
    {
        while (await _messages.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (TryTake() is { } message)
            {
                return message;
            }
        }

        return null;
    }

    /// <summary>Ends it. The broker's subscription ends with the last of its subject.</summary>
    public void Dispose()
    {
        End(null);
        _client.Remove(this);
    }

    /// <summary>Called by the client's reader alone.</summary>
    internal void Add(ConatMessage message)
    {
        var bytes = message.Raw.Length;
        while (IsFull(bytes))
        {
            if (_options.Overflow == ConatOverflow.DropOldest)
            {
                if (TryTake() is not null)
                {
                    _client.CountDropped();
                    Interlocked.Increment(ref _dropped);
                }

                continue;
            }

            _client.CountDropped();
            Interlocked.Increment(ref _dropped);
            if (_options.Overflow == ConatOverflow.End)
            {
                End(new ConatException($"a subscription to '{Subject}' was not read fast enough"));
                _client.Remove(this);
            }

            return;
        }

        Interlocked.Increment(ref _waiting);
        Interlocked.Add(ref _waitingBytes, bytes);
        if (!_messages.Writer.TryWrite(message))
        {
            Count(bytes);
        }
    }

    internal void End(Exception? error) => _messages.Writer.TryComplete(error);

    private bool IsFull(int bytes)
    {
        var waiting = Interlocked.Read(ref _waiting);
        return waiting > 0 && (waiting >= _options.MaxMessages || Interlocked.Read(ref _waitingBytes) + bytes > _options.MaxBytes);
    }

    private ConatMessage? TryTake()
    {
        if (!_messages.Reader.TryRead(out var message))
        {
            return null;
        }

        Count(message.Raw.Length);
        return message;
    }

    private void Count(int takenBytes)
    {
        Interlocked.Decrement(ref _waiting);
        Interlocked.Add(ref _waitingBytes, -takenBytes);
    }
}
