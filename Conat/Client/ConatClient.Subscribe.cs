using System.Collections.Immutable;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Transports;

namespace ProjectSilo.Conat;

/// <summary>Subscriptions (spec 05 §8.1).</summary>
public sealed partial class ConatClient
{
    private readonly Dictionary<string, SubjectState> _subjects = new(StringComparer.Ordinal);

    /// <summary>
    /// Subscribes without waiting for the broker. Messages come some time later; if there is no connection now, after the next sign-in. If the broker refuses, the
    /// subscription ends when subscriptions are compared.
    /// </summary>
    /// <param name="subject">A subject or pattern.</param>
    /// <param name="options">Null takes the defaults.</param>
    /// <exception cref="ConatException">
    /// <c>Error: invalid subject</c>; <c>client can only have one queue group subscription for a given subject -- subject='…', queue='…'</c>; denied lately (403); closed.
    /// </exception>
    public ConatSubscription Subscribe(string subject, SubscribeOptions? options = null)
    {
        var (subscription, state, isNew) = Add(subject, options ?? SubscribeOptions.Default);
        if (isNew)
        {
            TrySignedIn()?.Connection.Subscribe(state.Interest);
            state.Confirmed.TrySetResult();
        }

        return subscription;
    }

    /// <summary>Subscribes, and waits until messages really come: for the sign-in as long as it takes, then for the broker.</summary>
    /// <inheritdoc cref="Subscribe"/>
    public async Task<ConatSubscription> SubscribeAsync(string subject, SubscribeOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= SubscribeOptions.Default;
        var session = await SignedInAsync(cancellationToken).ConfigureAwait(false);
        var (subscription, state, isNew) = Add(subject, options);
        try
        {
            if (isNew)
            {
                await ConfirmAsync(session, state, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await state.Confirmed.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            }

            return subscription;
        }
        catch
        {
            subscription.Dispose();
            throw;
        }
    }

    /// <summary>A subscription has been disposed, or has ended by itself.</summary>
    internal void Remove(ConatSubscription subscription)
    {
        Session? session;
        lock (_gate)
        {
            if (!_subjects.TryGetValue(subscription.Subject, out var state) || !state.Listeners.Contains(subscription))
            {
                return;
            }

            state.Listeners = state.Listeners.Remove(subscription);
            if (!state.Listeners.IsEmpty)
            {
                return;
            }

            _subjects.Remove(subscription.Subject);
            session = _signedIn.Task.IsCompletedSuccessfully ? _session : null;
            // Within the lock, so that a new subscription to it is sent after.
            session?.Connection.Unsubscribe(subscription.Subject);
        }
    }

    private async Task ConfirmAsync(Session session, SubjectState state, CancellationToken cancellationToken)
    {
        try
        {
            await session.Connection.SubscribeAsync(state.Interest, _options.SubscribeTimeout, cancellationToken).ConfigureAwait(false);
            state.Confirmed.TrySetResult();
        }
        catch (Exception exception)
        {
            state.Confirmed.TrySetException(exception);
            // Nobody may wait for it.
            _ = state.Confirmed.Task.Exception;
            throw;
        }
    }

    private (ConatSubscription Subscription, SubjectState State, bool IsNew) Add(string subject, SubscribeOptions options)
    {
        ArgumentNullException.ThrowIfNull(subject);
        if (!Subjects.IsValid(subject))
        {
            throw new ConatException("Error: invalid subject");
        }

        _denials.ThrowIfDenied(isPublish: false, subject);
        var subscription = new ConatSubscription(this, subject, options);
        lock (_gate)
        {
            ThrowIfClosed();
            var isNew = !_subjects.TryGetValue(subject, out var state);
            if (isNew)
            {
                state = new SubjectState(new ConatInterest(subject, options.Queue ?? ConatId.New()));
                _subjects.Add(subject, state);
            }
            else if (options.Queue is not null && options.Queue != state!.Interest.Queue)
            {
                throw new ConatException(
                    $"client can only have one queue group subscription for a given subject -- subject='{subject}', queue='{options.Queue}'");
            }

            state!.Listeners = state.Listeners.Add(subscription);
            return (subscription, state, isNew);
        }
    }

    private void OnChunk(string pattern, ConatChunk chunk)
    {
        if (_assembler.Add(pattern, chunk) is not { } message)
        {
            return;
        }

        Interlocked.Increment(ref _receivedMessages);
        Interlocked.Add(ref _receivedBytes, message.Raw.Length);
        if (pattern == _inboxInterest.Subject)
        {
            OnReply(message);
            return;
        }

        ImmutableArray<ConatSubscription> listeners;
        lock (_gate)
        {
            listeners = _subjects.TryGetValue(pattern, out var state) ? state.Listeners : [];
        }

        foreach (var listener in listeners)
        {
            listener.Add(message);
        }
    }

    /// <summary>The broker refuses it for good.</summary>
    private void EndSubject(string subject, ConatException refusal)
    {
        SubjectState? state;
        lock (_gate)
        {
            if (!_subjects.Remove(subject, out state))
            {
                return;
            }
        }

        foreach (var listener in state.Listeners)
        {
            listener.End(refusal);
        }
    }

    private void EndSubscriptions(IConatConnection? connection)
    {
        List<SubjectState> states;
        lock (_gate)
        {
            states = [.. _subjects.Values];
            _subjects.Clear();
        }

        connection?.Unsubscribe(_inboxInterest.Subject);
        foreach (var state in states)
        {
            connection?.Unsubscribe(state.Interest.Subject);
            foreach (var listener in state.Listeners)
            {
                listener.End(null);
            }
        }
    }

    /// <summary>One subject's subscription at the broker, and those here that share it.</summary>
    private sealed class SubjectState(ConatInterest interest)
    {
        public ConatInterest Interest { get; } = interest;

        public ImmutableArray<ConatSubscription> Listeners { get; set; } = [];

        public TaskCompletionSource Confirmed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
