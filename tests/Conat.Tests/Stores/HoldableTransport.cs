using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Transports;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Stores;

/// <summary>A transport that a test can cut, and on which what is published can be held back.</summary>
internal sealed class HoldableTransport(IConatTransport transport) : IConatTransport
{
    private TaskCompletionSource? _hold;
    private Connection? _last;

    /// <summary>Whether a new connection can be made.</summary>
    public bool IsUp { get; set; } = true;

    /// <summary>Whether what is published waits.</summary>
    public bool IsHolding
    {
        set
        {
            if (value)
            {
                _hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
            else
            {
                Interlocked.Exchange(ref _hold, null)?.SetResult();
            }
        }
    }

    public async Task<IConatConnection> ConnectAsync(IConatReceiver receiver, CancellationToken cancellationToken)
    {
        if (!IsUp)
        {
            throw new ConatException("the network is down");
        }

        return _last = new Connection(this, await transport.ConnectAsync(receiver, cancellationToken));
    }

    public Task DropAsync() => _last!.DisposeAsync().AsTask().Within();

    private sealed class Connection(HoldableTransport owner, IConatConnection inner) : IConatConnection
    {
        public Task<string> Completion => inner.Completion;

        public Task SubscribeAsync(ConatInterest interest, TimeSpan timeout, CancellationToken cancellationToken) => inner.SubscribeAsync(interest, timeout, cancellationToken);

        public Task<IReadOnlyList<ConatException?>> SubscribeAllAsync(IReadOnlyList<ConatInterest> interests, TimeSpan timeout, CancellationToken cancellationToken) =>
            inner.SubscribeAllAsync(interests, timeout, cancellationToken);

        public void Subscribe(ConatInterest interest) => inner.Subscribe(interest);

        public void Unsubscribe(string subject) => inner.Unsubscribe(subject);

        public Task UnsubscribeAllAsync(IReadOnlyList<string> subjects, TimeSpan timeout, CancellationToken cancellationToken) =>
            inner.UnsubscribeAllAsync(subjects, timeout, cancellationToken);

        public Task<IReadOnlyList<string>> SubscriptionsAsync(TimeSpan timeout, CancellationToken cancellationToken) => inner.SubscriptionsAsync(timeout, cancellationToken);

        public bool Publish(ConatChunk chunk) => inner.Publish(chunk);

        public async Task<Task<long>> PublishAsync(ConatChunk chunk, TimeSpan timeout, CancellationToken cancellationToken)
        {
            if (Volatile.Read(ref owner._hold) is { } hold)
            {
                await hold.Task.Within();
            }

            return await inner.PublishAsync(chunk, timeout, cancellationToken);
        }

        public Task<bool> WaitForInterestAsync(string subject, TimeSpan waitFor, TimeSpan timeout, CancellationToken cancellationToken) =>
            inner.WaitForInterestAsync(subject, waitFor, timeout, cancellationToken);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
